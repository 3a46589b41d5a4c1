"""Start: what a scenario may set before it begins: the phone in the user's hand, and what is wrong in the network."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Start(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class DeviceStart(_Start):
    """The phone; without a line there is none in the user's hand."""

    line_id: str = Field("", description="id of the line whose SIM card is in the phone; always set it")
    airplane_mode: bool = Field(False, description="true cuts all connections")
    sim: Literal["ok", "loose", "locked", "damaged"] = Field(
        "ok", description="loose: reseat it; locked: it wants its PIN; damaged: a human must help"
    )
    sim_pin: str = Field(
        "0000", description="the PIN of a locked SIM card, which the customer must know", pattern=r"^\d{4}$"
    )
    radio: Literal["ok", "broken"] = Field("ok", description="broken: no service whatever is tried")
    mobile_data: bool = Field(True, description="false: no data")
    data_roaming: bool = Field(False, description="false: no data abroad")
    data_saver: bool = Field(False, description="true: slow data")
    vpn: bool = Field(False, description="true: slow data")
    network_mode: Literal["auto", "4g_only", "3g_only", "2g_only"] = Field(
        "auto", description="3g_only and 2g_only: slow data; with 2g_only no picture messages"
    )
    apn: str = Field("tern.internet", description="any other name: no data")
    mms_url: Literal["ok", "missing"] = Field("ok", description="missing: no picture messages")
    messages_sms: bool = Field(True, description="false: the messages app may send nothing")
    messages_storage: bool = Field(True, description="false: no picture messages")
    messages_network: bool = Field(True, description="whether the messages app may use the network")
    browser_storage: bool = Field(True, description="whether the browser may use the storage")
    browser_network: bool = Field(True, description="whether the browser may use the network")
    location: str = Field("home", description='"home" or the country where the phone is')
    provisioned_seen: int = Field(1, description="less than the line's provisioned: no service until a restart")


class LineStart(_Start):
    """A line."""

    status: Literal["active", "suspended"] = Field("active", description="suspended: no service")
    suspension_reason: Literal["overdue_bill", "lost_device", "customer_request", "fraud_hold"] | None = Field(
        None, description="set it with the status suspended"
    )
    roaming_enabled: bool = Field(False, description="false: no data abroad")
    data_used_gb: float = Field(0.0, description="at or above what the plan allows: very slow data")
    top_ups: int = Field(0, description="packages added this month", ge=0)
    extra_data_gb: float = Field(0.0, description="GB added this month", ge=0)
    contract_end: str | None = Field(None, description="last day of the contract, YYYY-MM-DD, or None")
    provisioned: int = Field(1, description="how often the network changed the line", ge=1)


class BillStart(_Start):
    """A bill."""

    status: Literal["paid", "open", "overdue"] = Field("open", description="overdue: its due date is past")
    paid_with: str | None = Field(None, description="payment method of a paid bill")


class AreaStart(_Start):
    """A home area."""

    status: Literal["ok", "disturbed", "outage"] = Field("ok", description="disturbed: slow data; outage: no service")
    until: str | None = Field(None, description="when it is expected to be over, YYYY-MM-DD")


STARTS: dict[str, type[BaseModel]] = {
    "device": DeviceStart,
    "lines": LineStart,
    "bills": BillStart,
    "areas": AreaStart,
}
