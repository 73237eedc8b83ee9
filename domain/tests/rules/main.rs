//! Rules against other people's implementations, and laws that hold for any input.

mod funnel;
