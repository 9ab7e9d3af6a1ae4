"""The only reader of the environment. Built once by `bootstrap`, never at import."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from hypervisor.errors import BadConfiguration
from hypervisor.public_holidays import Area

LOOPBACK = {"127.0.0.1", "localhost", "::1"}

MOST_SHARDS = 8


class Settings(BaseSettings):
    """How the machine runs. Every field is an environment variable with the prefix HYPERVISOR_."""

    model_config = SettingsConfigDict(env_prefix="HYPERVISOR_", env_nested_delimiter="__", env_file=".env", extra="ignore")

    host: str = Field("127.0.0.1", description="Address on which every server listens")
    port: int = Field(8050, description="Port of the web process")
    ingest_port: int = Field(8051, description="Port of the ingest door")
    wall_port: int = Field(8052, description="Port of the web process that serves walls alone")
    screens: Literal["all", "mur"] = Field("all", description="Screens of a web process: all, or mur for walls alone")
    public_url: str | None = Field(None, description="Address seen by browsers; https makes cookies Secure and adds HSTS")
    database_url: SecretStr | None = Field(None, description="PostgreSQL with PostGIS, as its owner; none starts a private one")
    database_worker_url: SecretStr | None = Field(None, description="The same database as vigie_worker; none derives it")
    database_app_url: SecretStr | None = Field(None, description="The same database as vigie_app; none derives it")
    redis_url: SecretStr | None = Field(None, description="Redis 7 or Valkey; none starts a private one")
    data_dir: Path = Field(Path("var"), description="Folder of private services, logs and secrets")
    secret_key_file: Path | None = Field(None, description="File of the signing key; none is secret.key in the data folder, made at first start")
    demo: bool = Field(True, description="1 loads the demonstration territory and accounts, 0 starts empty")
    demo_assets: int | None = Field(None, description="Number of assets of the demonstration territory; none is about 40,000", ge=100, le=2_000_000)
    demo_past_days: int = Field(730, description="Days of invented past that a demonstration gives its dashboards; 0 is none", ge=0, le=1000)
    demo_password: SecretStr | None = Field(None, description="Password of the demonstration accounts; none makes one at first start")
    simulate: bool = Field(True, description="1 starts the simulator with the demonstration territory")
    tile_url: str | None = Field(None, description="Base map: template of XYZ or WMTS images, or address of a .pmtiles file; none is the offline one")
    tile_attribution: str = Field("", description="Credit of that base map; none writes that of IGN or OpenStreetMap when it is theirs")
    mqtt_url: SecretStr | None = Field(None, description="MQTT broker to subscribe to; none is no MQTT")
    smtp_url: SecretStr | None = Field(None, description="Mail server; none keeps messages in the outbox screen")
    smtp_ca_file: Path | None = Field(None, description="PEM file of the authority that signed the mail server's certificate; none trusts those of the system")
    seal_to: str | None = Field(None, description="Address that receives the logbook's nightly seal; none keeps it in the data folder alone")
    mail_from: str = Field("vigie@localhost.localdomain", description="Address that e-mails come from")
    sms_url: SecretStr | None = Field(None, description="HTTP gateway of SMS and voice calls; none keeps messages in the outbox screen")
    webhook_url: SecretStr | None = Field(None, description="Where other systems are told, by signed POST; none keeps messages in the outbox screen")
    otlp_endpoint: str | None = Field(None, description="OpenTelemetry collector, OTLP over HTTP, such as http://127.0.0.1:4318; none keeps no traces")
    post_phone: str = Field("", description="Telephone of the control post, dialled by a tap on the agents' phones")
    holidays_in: Area = Field(
        "", description="Where public holidays differ: 57 or 6AE (Moselle, Alsace), 971 to 976, BL, MF, NC, PF, PM, WF; none is mainland France"
    )
    field_days: int = Field(365, description="Days after which photographs and positions of interventions are deleted", ge=1)
    clock: str = Field("system", description="system, or file:PATH for a demonstration's shifted clock")
    body_limit_mb: int = Field(16, description="Largest body that the ingest door accepts, in megabytes", ge=1, le=256)
    shards: int = Field(1, description="Parts of what comes in, with one worker each; changed while stopped, see docs/sharding.md", ge=1, le=MOST_SHARDS)
    session_hours: int = Field(12, description="Length of a signed-in session, in hours", ge=1, le=72)
    retention_days: int = Field(30, description="Days of history kept in PostgreSQL", ge=2)
    caller_days: int = Field(365, description="Days that the name of whoever called about an event is kept", ge=1)
    free_disk_mb: int = Field(512, description="Free disk below which the ingest door refuses, in megabytes", ge=16)
    lake_url: str | None = Field(
        None,
        description="Where closed days are kept as Parquet: a folder, or s3://BUCKET/PREFIX?endpoint_override=HOST&region=REGION with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment; none is lake in the data folder",
    )
    lake_days: int = Field(1095, description="Days of history kept in the lake", ge=2)
    lake_memory_mb: int = Field(512, description="Memory that a question to the lake may take, in megabytes", ge=128)
    lake_timeout_s: float = Field(20, description="Time that a question to the lake may take, in seconds", gt=0)

    @model_validator(mode="after")
    def _no_contradiction(self) -> Self:
        if self.demo and self.host not in LOOPBACK and self.demo_password is None:
            raise ValueError("HYPERVISOR_HOST opens a demonstration to the network: set HYPERVISOR_DEMO_PASSWORD, or HYPERVISOR_DEMO=0")
        if self.clock != "system" and not self.clock.startswith("file:"):
            raise ValueError("HYPERVISOR_CLOCK is neither system nor file:PATH: correct it")
        if self.clock != "system" and not self.demo:
            raise ValueError("HYPERVISOR_CLOCK moves time, which only a demonstration may do: set it to system, or HYPERVISOR_DEMO=1")
        if len({self.port, self.ingest_port, self.wall_port}) < 3:
            raise ValueError("HYPERVISOR_PORT, HYPERVISOR_INGEST_PORT and HYPERVISOR_WALL_PORT must differ: change one")
        return self

    @property
    def key_file(self) -> Path:
        """Where the signing key is kept."""
        return self.secret_key_file or self.data_dir / "secret.key"

    @property
    def lake(self) -> str:
        """Where the lake is."""
        return self.lake_url or str((self.data_dir / "lake").resolve())

    @property
    def is_secure(self) -> bool:
        """Whether browsers come by https, so that cookies may be Secure."""
        return bool(self.public_url and self.public_url.startswith("https://"))


def load() -> Settings:
    """The settings of this process. Raises BadConfiguration with one sentence that names the variable."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "HYPERVISOR_" + "__".join(str(part) for part in first["loc"]).upper() if first["loc"] else ""
        reason = str(first["msg"]).removeprefix("Value error, ")
        raise BadConfiguration(f"{name} is wrong: {reason}" if name else reason) from None
