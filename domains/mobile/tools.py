"""Tools: everything that the network's assistant can call, and everything that a user can do with their phone."""

from domains.mobile import accounts, line_changes, lookups, phone
from turnwright.tool import Tool, toolbox

TOOLS: dict[str, Tool] = toolbox(
    lookups.find_user_by_phone_number,
    lookups.find_user_by_name_birth_date,
    lookups.get_user,
    lookups.list_lines,
    lookups.get_line,
    lookups.get_data_usage,
    lookups.list_plans,
    lookups.list_data_packages,
    lookups.list_bills,
    lookups.get_bill,
    lookups.list_payment_methods,
    lookups.check_network,
    line_changes.change_plan,
    line_changes.add_data,
    line_changes.set_roaming,
    line_changes.suspend_line,
    line_changes.resume_line,
    line_changes.replace_sim,
    line_changes.issue_port_out_pin,
    accounts.pay_bill,
    accounts.set_autopay,
    accounts.dispute_charge,
    accounts.request_port_in,
    accounts.transfer_to_human,
)

USER_TOOLS: dict[str, Tool] = toolbox(
    phone.check_status_bar,
    phone.check_sim,
    phone.check_data_settings,
    phone.check_network_mode,
    phone.check_apn,
    phone.check_app_permissions,
    phone.run_speed_test,
    phone.send_test_message,
    phone.make_test_call,
    phone.toggle_airplane_mode,
    phone.reseat_sim,
    phone.enter_sim_pin,
    phone.toggle_mobile_data,
    phone.toggle_data_roaming,
    phone.toggle_data_saver,
    phone.set_network_mode,
    phone.reset_apn,
    phone.disconnect_vpn,
    phone.grant_app_permission,
    phone.restart_phone,
)
