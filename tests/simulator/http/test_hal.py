"""Pages of collections."""

from typing import Any

import pytest

from simulator import SimulatorConfig

from ..conftest import MONDAY, Caller


class TestPaging:
    """An account with seven vehicles."""

    @pytest.fixture
    def config(self) -> SimulatorConfig:
        return SimulatorConfig(start=MONDAY, speed=0, fleet=7, brand="opel")

    @staticmethod
    def vins(body: Any) -> list[str]:
        return [car["vin"] for car in body["_embedded"]["vehicles"]]

    async def test_links_lead_through_all_pages(self, caller: Caller) -> None:
        await caller.sign_in("opel")
        whole = (await caller.get("/user/vehicles")).body
        assert (whole["total"], whole["totalPage"], whole["currentPage"]) == (7, 1, 1)
        assert whole["_links"].keys() == {"self", "first", "last"}
        page = (await caller.get("/user/vehicles", pageSize="3", extension="branding")).body
        seen, pages = self.vins(page), [page]
        while "next" in page["_links"]:
            page = (await caller.get(page["_links"]["next"]["href"])).body
            seen += self.vins(page)
            pages.append(page)
        assert seen == self.vins(whole)
        assert len(set(seen)) == 7
        assert [page["currentPage"] for page in pages] == [1, 2, 3]
        assert all(page["totalPage"] == 3 for page in pages)
        assert "_embedded" in pages[2]["_embedded"]["vehicles"][0], "links keep the parameter extension"
        back = (await caller.get(page["_links"]["prev"]["href"])).body
        assert self.vins(back) == self.vins(pages[1])
        last = (await caller.get(page["_links"]["last"]["href"])).body
        assert self.vins(last) == self.vins(pages[2])
        first = (await caller.get(page["_links"]["first"]["href"])).body
        assert self.vins(first) == self.vins(pages[0])

    async def test_index_range_and_vin_prefix_select_vehicles(self, caller: Caller) -> None:
        await caller.sign_in("opel")
        whole = self.vins((await caller.get("/user/vehicles")).body)
        assert self.vins((await caller.get("/user/vehicles", indexRange="2-4")).body) == whole[2:5]
        assert self.vins((await caller.get("/user/vehicles", indexRange="5-")).body) == whole[5:]
        assert self.vins((await caller.get("/user/vehicles", indexRange="5")).body) == whole[5:]
        paged = (await caller.get("/user/vehicles", indexRange="1-4", pageSize="3")).body
        following = (await caller.get(paged["_links"]["next"]["href"])).body
        assert self.vins(paged) + self.vins(following) == whole[1:5]
        assert (paged["total"], paged["totalPage"]) == (4, 2)
        prefixed = (await caller.get("/user/vehicles", vinPrefix="VXE")).body
        assert self.vins(prefixed) == [vin for vin in whole if vin.startswith("VXE")]
        assert 0 < len(self.vins(prefixed)) < 7
        assert self.vins((await caller.get("/user/vehicles", vinPrefix="ZZZ")).body) == []
