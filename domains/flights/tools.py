"""Tools: everything that the airline's assistant can call, by name."""

from domains.flights import bookings, extras, lookups
from turnwright.tool import Tool, toolbox

TOOLS: dict[str, Tool] = toolbox(
    lookups.find_user_by_email,
    lookups.find_user_by_name_birth_date,
    lookups.get_user,
    lookups.list_reservations,
    lookups.get_reservation,
    lookups.search_flights,
    lookups.get_flight,
    lookups.list_seats,
    lookups.list_payment_methods,
    lookups.get_certificate,
    bookings.book_flight,
    bookings.change_flights,
    bookings.change_cabin,
    bookings.cancel_reservation,
    extras.add_bags,
    extras.choose_seat,
    extras.update_passenger,
    extras.add_insurance,
    extras.issue_certificate,
    extras.transfer_to_human,
)
