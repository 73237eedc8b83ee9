//! How leads arrive: what an event says of it, and what is no arrival.

use tessera_domain::leads::provenance::Origin;

#[test]
fn what_others_do_or_the_service_notes_is_no_arrival() {
    for name in ["charged", "segment_entered", "identified", "page_viewed"] {
        assert_eq!(Origin::of_event(name, false, false), None, "{name}");
        assert_eq!(Origin::of_event(name, false, true), None, "{name}");
    }
}

#[test]
fn an_arrival_is_read_from_what_is_sent_by_whom_and_how_late() {
    for (name, stated, late, origin) in [
        ("page_viewed", true, false, Origin::Website),
        ("demo_requested", true, false, Origin::Website),
        ("api_called", true, false, Origin::Api),
        ("signed_up", true, false, Origin::Api),
        ("identified", true, false, Origin::Import),
        ("page_viewed", true, true, Origin::Import),
        ("sales_demo_held", true, false, Origin::Event),
        ("sales_demo_held", true, true, Origin::Import),
        ("referral_clicked", false, false, Origin::Referral),
    ] {
        assert_eq!(Origin::of_event(name, stated, late), Some(origin), "{name}");
    }
}
