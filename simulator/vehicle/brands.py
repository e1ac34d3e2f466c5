"""The five brands, and the simulated driver of each."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """A brand, its realm and its driver; `hue` is the color of its consent page and pictures."""

    key: str
    name: str
    realm: str
    hue: int
    first_name: str
    last_name: str

    @property
    def email(self) -> str:
        """The driver's e-mail address."""
        return f"{self.first_name}.{self.last_name}@example.com".lower()


BRANDS = {
    brand.key: brand
    for brand in (
        Brand(
            key="peugeot",
            name="Peugeot",
            realm="clientsB2CPeugeot",
            hue=212,
            first_name="Camille",
            last_name="Moreau",
        ),
        Brand(
            key="citroen",
            name="Citroën",
            realm="clientsB2CCitroen",
            hue=8,
            first_name="Lucie",
            last_name="Lambert",
        ),
        Brand(
            key="ds",
            name="DS",
            realm="clientsB2CDS",
            hue=335,
            first_name="Louis",
            last_name="Garnier",
        ),
        Brand(
            key="opel",
            name="Opel",
            realm="clientsB2COpel",
            hue=48,
            first_name="Jonas",
            last_name="Becker",
        ),
        Brand(
            key="vauxhall",
            name="Vauxhall",
            realm="clientsB2CVauxhall",
            hue=280,
            first_name="Emily",
            last_name="Carter",
        ),
    )
}
