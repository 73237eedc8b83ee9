//! What templates are rendered with: a few filters, and nothing that reads another template or a file, or
//! that runs for long.

use super::HTML;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, filters};

/// What a rendering may cost: about so many instructions and 64 times as many bytes.
const FUEL: u64 = 20_000;
/// Filters that there are; none of them marks text as markup.
pub(super) const FILTERS: [&str; 6] = ["capitalize", "default", "lower", "title", "trim", "upper"];

/// Without globals and tests: no name is there but those of the context.
pub(super) fn environment() -> Environment<'static> {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_auto_escape_callback(|name| {
        if name == HTML {
            AutoEscape::Html
        } else {
            AutoEscape::None
        }
    });
    environment.add_filter("capitalize", filters::capitalize);
    environment.add_filter("default", filters::default);
    environment.add_filter("lower", filters::lower);
    environment.add_filter("title", filters::title);
    environment.add_filter("trim", filters::trim);
    environment.add_filter("upper", filters::upper);
    environment
}
