"""How the page looks: calm, on light and dark screens, from 820 pixels up, and on paper."""

from resunet.figures.colours import QUALITATIVE

_LIGHT = {
    "paper": "#ffffff",
    "plate": "#f5f7fa",
    "ink": "#16181b",
    "faint": "#5c636b",
    "line": "#dfe4ea",
    "accent": "#2f6fde",
    "warm": "#9a5300",
    "warm-plate": "#fff3df",
}
_DARK = {
    "paper": "#12161c",
    "plate": "#1b2129",
    "ink": "#e9ecf0",
    "faint": "#9aa1a9",
    "line": "#2f3742",
    "accent": "#6ea6ff",
    "warm": "#ffc861",
    "warm-plate": "#33290f",
}

_RULES = """
*{box-sizing:border-box}
html{color-scheme:light dark;scroll-behavior:smooth}
body{margin:0;background:var(--paper);color:var(--ink);
font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;
-webkit-text-size-adjust:100%}
main,header,footer{max-width:1180px;margin:0 auto;padding:0 32px}
header{padding-top:44px}
h1{font-size:29px;line-height:1.2;letter-spacing:-.015em;margin:4px 0 10px;font-weight:650;
overflow-wrap:anywhere}
h2{font-size:20px;letter-spacing:-.01em;margin:0 0 10px;font-weight:650}
h3{font-size:15px;margin:26px 0 8px;font-weight:650;overflow-wrap:anywhere}
p{margin:0 0 8px;overflow-wrap:anywhere}
a{color:var(--accent);text-decoration:none}
a:hover{text-decoration:underline}
sup{font-size:.72em;line-height:0;margin-left:1px}
.eyebrow{color:var(--faint);font-size:13px;margin:0}
.research{display:inline-block;margin:0 0 18px;padding:3px 10px;border-radius:6px;font-size:13px;
background:var(--warm-plate);color:var(--warm)}
nav{display:flex;flex-wrap:wrap;gap:4px 18px;font-size:13.5px;padding:10px 0;
border-top:1px solid var(--line);border-bottom:1px solid var(--line)}
main>section{padding:34px 0 4px}
.lead{color:var(--faint);max-width:82ch}
.note{color:var(--faint);font-size:13px;margin:6px 0 0;max-width:92ch}
.faint{color:var(--faint);font-size:13px}
.answers{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,340px),1fr));gap:14px;
padding-top:26px!important}
.card{background:var(--plate);border:1px solid var(--line);border-radius:10px;padding:14px 18px}
.card h3{margin:0 0 6px;display:flex;flex-wrap:wrap;gap:4px 10px;align-items:center}
.card p:last-child{margin-bottom:0}
.card .first{font-weight:600}
.badge,.tag{font-weight:500;font-size:12px;line-height:1.5;padding:1px 8px;border-radius:999px;
border:1px solid var(--line);color:var(--faint);white-space:nowrap}
.badge{margin-left:6px}
.card .badge{margin-left:0}
.badge.found{background:var(--warm-plate);color:var(--warm);border-color:transparent}
.tag{margin-left:8px}
.scrolls{overflow-x:auto;margin:10px 0 4px}
table{border-collapse:collapse;width:100%;font-size:13.5px;line-height:1.4;
font-variant-numeric:tabular-nums}
th,td{padding:7px 10px;border-bottom:1px solid var(--line);vertical-align:top;text-align:right}
th:first-child,th.text,td.text,td.name,td.drawn,th.family{text-align:left}
th:first-child,td.name:first-child{padding-left:2px}
thead th{color:var(--faint);font-weight:500;vertical-align:bottom;border-bottom-color:var(--faint);
overflow-wrap:break-word}
tbody th{font-weight:500}
td.name{overflow-wrap:anywhere;min-width:15em}
td.name,p.name{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;
font-size:12.5px}
td.drawn{width:128px;padding-right:2px}
.quantities tbody th{min-width:11em}
th.family{padding-top:16px;font-weight:650}
th.family span{margin-left:10px;font-weight:400}
.grouped th[rowspan]{border-right:1px solid transparent}
.sure{font-weight:700}
.interval{display:block;color:var(--faint);font-size:12px;font-weight:400;white-space:nowrap}
th .interval{white-space:normal}
.set{display:inline-flex;align-items:baseline;gap:8px}
.dot{flex:none;width:9px;height:9px;border-radius:50%;background:var(--set)}
svg.mark{display:block;--set:var(--accent);overflow:visible}
svg .axis{stroke:var(--line);stroke-width:1}
svg .zero{stroke:var(--faint);stroke-width:1}
svg .range{stroke:var(--set);stroke-width:2.5;stroke-linecap:round}
svg circle,svg .arrow{fill:var(--set)}
img{max-width:100%;height:auto;display:block;border-radius:6px}
figure{margin:12px 0}
figcaption{color:var(--faint);font-size:13px;margin-top:8px}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,360px),1fr));gap:18px}
.figures figure{margin:0}
.cards{display:flex;flex-wrap:wrap;align-items:flex-start;gap:14px;margin:10px 0}
.cards .card{margin:0;padding:12px;width:min(100%,max(300px,var(--picture) + 26px))}
.cards figcaption{color:var(--ink)}
.cards figcaption p{margin:0 0 3px}
.kind{padding-top:4px}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,320px),1fr));
gap:2px 28px;margin:10px 0}
.facts div{display:flex;justify-content:space-between;gap:16px;padding:6px 0;
border-bottom:1px solid var(--line);font-size:13.5px}
dt{color:var(--faint);overflow-wrap:anywhere}
dd{margin:0;text-align:right;overflow-wrap:anywhere}
footer{padding-top:30px;padding-bottom:48px;color:var(--faint);font-size:13px}
@media (max-width:1000px){th,td{padding-left:5px;padding-right:5px}}
@media (max-width:700px){main,header,footer{padding-left:18px;padding-right:18px}}
@media print{
@page{margin:14mm}
body{font-size:10pt}
main,header,footer{max-width:none;padding-left:0;padding-right:0}
header{padding-top:0}
nav{display:none}
a{color:inherit}
main>section{padding-top:18px}
h2,h3,.lead{break-after:avoid}
figure,.card,tr,.lead{break-inside:avoid}
thead{display:table-header-group}
.scrolls{overflow:visible}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
"""


def style_sheet() -> str:
    """The whole style sheet; it names no other file."""
    sets = "".join(f".s{at}{{--set:{colour}}}" for at, colour in enumerate(QUALITATIVE))
    marks = "".join(f"svg.s{at}{{--set:{colour}}}" for at, colour in enumerate(QUALITATIVE))
    dark = f"@media screen and (prefers-color-scheme:dark){{{_variables(_DARK)}}}"
    return f"{_variables(_LIGHT)}{dark}{_RULES.strip()}{sets}{marks}"


def _variables(colours: dict[str, str]) -> str:
    return ":root{" + "".join(f"--{name}:{colour};" for name, colour in colours.items()) + "}"
