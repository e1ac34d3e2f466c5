"""Whether an account that the user signed in to is one that is linked already."""

import pytest

from custom_components.stellantis.api import Brand
from custom_components.stellantis.auth.account import LinkedAccount, SignedInAccount

CAR = "VR3UHZKXZPT500001"
OTHER_CAR = "VR3UHZKXZPT500002"


def signed_in(
    subject: str | None = None, email: str | None = None, vehicles: tuple[str, ...] = (CAR,), brand: Brand = Brand.OPEL
) -> SignedInAccount:
    """Return an account to which the user signed in."""
    return SignedInAccount(brand=brand, subject=subject, email=email, vehicles=frozenset(vehicles))


def linked(created_as: SignedInAccount, subject: str | None = None, vins: tuple[str, ...] = (CAR,)) -> LinkedAccount:
    """Return an entry that was created for an account, and what its tokens and devices tell now."""
    return LinkedAccount(brand=created_as.brand, unique_id=created_as.unique_id, subject=subject, vins=frozenset(vins))


@pytest.mark.parametrize(
    ("account", "entry", "is_same", "is_same_if_expected"),
    [
        # Subjects decide, whatever else is the same or not
        (signed_in("s"), linked(signed_in("s"), "s"), True, True),
        (signed_in("s", vehicles=(OTHER_CAR,)), linked(signed_in("s"), "s"), True, True),
        (signed_in("t", "mail"), linked(signed_in("s", "mail"), "s"), False, False),
        # The subject came later; the entry was created by e-mail address or car
        (signed_in("s", "mail"), linked(signed_in(None, "mail")), True, True),
        (signed_in("s", "mail"), linked(signed_in(None, "mail"), "s"), True, True),
        (signed_in("s", "mail", (OTHER_CAR,)), linked(signed_in(None, "mail")), True, True),
        (signed_in("s", None), linked(signed_in(None, None)), True, True),
        (signed_in("s", "new mail", (CAR, OTHER_CAR)), linked(signed_in(None, None)), True, True),
        (signed_in("s", "new mail"), linked(signed_in(None, "mail")), True, True),
        (signed_in("s", "new mail", (OTHER_CAR,)), linked(signed_in(None, "mail")), False, False),
        # The subject is missing now
        (signed_in(None, "mail"), linked(signed_in("s", "mail"), "s"), True, True),
        (signed_in(None, "mail", (OTHER_CAR,)), linked(signed_in("s"), "s"), False, False),
        # There never was a subject; two accounts may share a car
        (signed_in(None, "mail"), linked(signed_in(None, "mail")), True, True),
        (signed_in(None, "mail"), linked(signed_in(None, "partner")), False, True),
        (signed_in(None, "mail", (OTHER_CAR,)), linked(signed_in(None, "partner")), False, False),
        # Every brand has its own accounts
        (signed_in("s", brand=Brand.DS), linked(signed_in("s"), "s"), False, False),
    ],
)
def test_accounts(account: SignedInAccount, entry: LinkedAccount, *, is_same: bool, is_same_if_expected: bool) -> None:
    assert account.is_same(entry) is is_same
    assert account.is_same(entry, is_expected=True) is is_same_if_expected


def test_unique_id_tells_nothing() -> None:
    account = signed_in(None, None, (OTHER_CAR, CAR))
    assert account.unique_id == signed_in(None, None, (CAR,)).unique_id
    assert CAR not in account.unique_id
    assert len(account.unique_id) == 32
