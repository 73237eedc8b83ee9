//! Who is behind the events.
