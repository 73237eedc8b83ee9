//! Price books, offers and quotes.

pub(crate) mod estimates;
pub(crate) mod offers;
pub(crate) mod price_books;
pub(crate) mod quotes;

use crate::state::ApiState;
use utoipa_axum::router::OpenApiRouter;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .merge(price_books::router())
        .merge(offers::router())
        .merge(quotes::router())
        .merge(estimates::router())
}
