"""The HTML of the consent page."""

from collections.abc import Sequence
from html import escape

from ..world import Account
from .scopes import DATA_SCOPES, IDENTITY_SCOPES, REMOTE_SCOPES, SCOPES

_STYLE = """
:root { color-scheme: light dark; --accent: hsl(HUE 60% 36%); --ink: #1b1d22; --quiet: #5f6672;
  --line: #e3e6eb; --card: #fff; --ground: #f2f3f6; }
@media (prefers-color-scheme: dark) { :root { --accent: hsl(HUE 62% 66%); --ink: #eceef2; --quiet: #9aa2b0;
  --line: #333842; --card: #1d2027; --ground: #121419; } }
* { box-sizing: border-box; margin: 0; }
body { min-height: 100vh; display: grid; place-items: center; padding: 24px 16px; background: var(--ground);
  color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { width: 100%; max-width: 460px; background: var(--card); border-radius: 20px; overflow: hidden;
  box-shadow: 0 1px 2px rgb(0 0 0 / .08), 0 16px 48px rgb(0 0 0 / .12); }
header { padding: 32px 32px 24px; border-top: 6px solid var(--accent); }
.brand { color: var(--accent); font-size: 13px; font-weight: 700; letter-spacing: .14em; text-transform: uppercase; }
h1 { font-size: 24px; line-height: 1.25; font-weight: 650; margin: 8px 0; text-wrap: balance; }
p, legend { color: var(--quiet); font-size: 14px; }
form { padding: 0 32px 32px; }
label.field { display: block; font-size: 14px; color: var(--quiet); margin-bottom: 20px; }
select { display: block; width: 100%; text-overflow: ellipsis; margin-top: 6px; padding: 11px 12px; font: inherit;
  color: var(--ink); background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
fieldset { border: 0; padding: 0; margin-bottom: 20px; }
legend { padding: 0 0 4px; }
.scope { display: flex; gap: 12px; align-items: center; padding: 10px 0; border-bottom: 1px solid var(--line);
  cursor: pointer; }
.scope:last-child { border-bottom: 0; }
.scope input { width: 18px; height: 18px; flex: none; accent-color: var(--accent); }
.actions { display: grid; grid-template-columns: 1fr 2fr; gap: 12px; }
button { padding: 13px; font: inherit; font-weight: 600; border-radius: 12px; cursor: pointer;
  border: 1px solid var(--line); background: transparent; color: var(--ink); }
button.allow { background: var(--accent); border-color: var(--accent); color: var(--card); }
button:focus-visible, select:focus-visible, input:focus-visible { outline: 3px solid var(--accent);
  outline-offset: 2px; }
footer { padding: 14px 32px; border-top: 1px solid var(--line); color: var(--quiet); font-size: 12px; }
"""

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
{content}
<footer>This is a simulator. Nobody real is signed in, and no real car listens.</footer>
</main>
</body>
</html>
"""

_GROUPS = (("About you", IDENTITY_SCOPES), ("Your car's data", DATA_SCOPES), ("Commands to your car", REMOTE_SCOPES))


def consent_page(accounts: Sequence[Account], scopes: Sequence[str]) -> str:
    """Return the consent page; its form is posted to the URL of the page."""
    single = accounts[0].brand if len(accounts) == 1 else None
    brand = escape(single.name) if single else "Connected cars"
    options = "".join(
        f'<option value="{account.brand.key}">{escape(account.brand.first_name)} {escape(account.brand.last_name)}'
        f" · {escape(account.brand.email)} · {escape(account.brand.name)}, {_cars(account)}</option>"
        for account in accounts
    )
    content = f"""<header>
<div class="brand">{brand}</div>
<h1>Connect your car to this application?</h1>
<p>Deselect what you would rather keep to yourself. You can take your consent back at any time.</p>
</header>
<form method="post">
<label class="field">Account<select name="account">{options}</select></label>
{"".join(_group(title, [scope for scope in scopes if scope in group]) for title, group in _GROUPS)}
<div class="actions">
<button name="decision" value="deny">Deny</button>
<button class="allow" name="decision" value="allow">Allow</button>
</div>
</form>"""
    return _page("Allow access", content, hue=single.hue if single else 222)


def error_page(message: str) -> str:
    """Return the page for a request that cannot be redirected to an application."""
    content = (
        f"<header><div class='brand'>Connected cars</div><h1>This does not work</h1><p>{escape(message)}</p></header>"
    )
    return _page("Request refused", content, hue=222)


def _page(title: str, content: str, *, hue: int) -> str:
    style = _STYLE.replace("HUE", str(hue))
    return _PAGE.format(title=title, content=content, style=style)


def _cars(account: Account) -> str:
    count = len(account.cars)
    return f"{count} car" if count == 1 else f"{count} cars"


def _group(title: str, scopes: Sequence[str]) -> str:
    boxes = "".join(
        '<label class="scope">'
        f'<input type="checkbox" name="scope" value="{scope}" checked>{escape(SCOPES[scope])}</label>'
        for scope in scopes
    )
    return f"<fieldset><legend>{title}</legend>{boxes}</fieldset>" if scopes else ""
