//! Invitations: who may come by a referral code.

use crate::{
    auth::{Identify, Read},
    error::Error,
    extract::{Body, List, Listed, Paging, PathParam, parameters},
    http::unit_of_work::{Reader, Writer},
    openapi::{EngineItemRefusals, EngineRefusals},
    schema::EmailAddress,
    state::ApiState,
    wire::{Id, Listing, Moment},
};
use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use tessera_domain::people::{Identifier, IdentifierKind};
use tessera_engine::automation::invitations::{self as engine, NewInvitation};
use tessera_store::automation::invitation::{self, InvitationRow};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get))
        .routes(routes!(admit))
}

parameters! {
    struct InvitationFilters {}
}

impl Listed for InvitationFilters {
    const RESOURCE: &'static str = "invitations";
    type Key = Uuid;
}

/// An invitation to create.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WantedInvitation {
    /// A referral code of a wallet of the inviter, in capitals.
    #[schema(pattern = "^[A-Z0-9_-]{3,16}$", example = "FRIEND-7")]
    code: String,
    /// The person who invites.
    inviter: Id,
    /// The e-mail address of the only guest that it is for; anybody may use it, unless given.
    #[schema(value_type = Option<EmailAddress>, example = "bob@example.com")]
    guest_email: Option<String>,
    /// The first moment at which it holds; now, unless given.
    from: Option<Moment>,
    /// The first moment at which it no longer does, at most 366 days later.
    until: Moment,
    /// How many persons may use it; 1 with a guest.
    #[schema(minimum = 1, maximum = 1_000_000, example = 5)]
    most_uses: u32,
}

/// An invitation.
#[derive(Serialize, ToSchema)]
struct Invitation {
    /// Its id.
    id: Id,
    /// The referral code.
    #[schema(example = "FRIEND-7")]
    code: String,
    /// The person who invites.
    inviter: Id,
    /// Whether it is for one guest only.
    has_guest: bool,
    /// The first moment at which it holds.
    from: Moment,
    /// The first moment at which it no longer does.
    until: Moment,
    /// How many persons may use it.
    #[schema(example = 5)]
    most_uses: u32,
    /// How many have.
    #[schema(example = 1)]
    uses: i64,
    /// The API key or wallet that created it.
    #[schema(example = "key:0197b5a2-4d6e-7c3a-9f10-2b8c6d4e5f60")]
    created_by: String,
    /// When it was created.
    created_at: Moment,
}

impl From<InvitationRow> for Invitation {
    fn from(row: InvitationRow) -> Self {
        let kept = row.invitation;
        Self {
            id: row.id.into(),
            code: kept.code,
            inviter: kept.inviter.into(),
            has_guest: kept.guest.is_some(),
            from: kept.from.into(),
            until: kept.until.into(),
            most_uses: kept.most_uses,
            uses: row.uses,
            created_by: row.created_by,
            created_at: row.created_at.into(),
        }
    }
}

/// List invitations.
///
/// By id, a page at a time.
#[utoipa::path(get, operation_id = "list_invitations", path = "/v1/invitations", tag = "automation", security(("bearer" = [])),
    params(InvitationFilters, Paging<InvitationFilters>),
    responses((status = 200, description = "A page of invitations.", body = Listing<Invitation>), EngineRefusals))]
async fn list(
    mut reader: Reader<Read>,
    list: List<InvitationFilters>,
) -> Result<Json<Listing<Invitation>>, Error> {
    let rows = invitation::list(&mut reader, list.page()).await?;
    list.answer(rows, |row| row.id, |row| Ok(row.into()))
}

/// Get an invitation.
#[utoipa::path(get, operation_id = "get_invitation", path = "/v1/invitations/{id}", tag = "automation", security(("bearer" = [])),
    params(("id" = Id, Path, description = "The invitation's id.")),
    responses((status = 200, description = "The invitation.", body = Invitation), EngineItemRefusals))]
async fn get(
    mut reader: Reader<Read>,
    PathParam(id): PathParam<Id>,
) -> Result<Json<Invitation>, Error> {
    Ok(Json(engine::get(&mut reader, id.0).await?.into()))
}

/// Create an invitation.
///
/// It says who may come, until when and how often. It binds no referrer: the chain does, at the registration.
#[utoipa::path(post, operation_id = "create_invitation", path = "/v1/invitations", tag = "automation", security(("bearer" = [])),
    request_body = WantedInvitation,
    responses((status = 201, description = "The invitation.", body = Invitation), EngineItemRefusals))]
async fn create(
    State(api): State<ApiState>,
    mut writer: Writer<Identify>,
    Body(wanted): Body<WantedInvitation>,
) -> Result<(StatusCode, Json<Invitation>), Error> {
    let guest = wanted
        .guest_email
        .as_deref()
        .map(|email| Identifier::parse(IdentifierKind::Email, email));
    let guest = guest
        .transpose()
        .map_err(|error| error.refusal("guest_email"))?;
    let new = NewInvitation {
        code: &wanted.code,
        inviter: wanted.inviter.0,
        guest: guest.as_ref(),
        from: wanted.from.map(|it| it.0),
        until: wanted.until.0,
        most_uses: wanted.most_uses,
    };
    let (caller, conn) = writer.parts();
    let row = engine::create(&api.engine, conn, caller, new).await?;
    Ok((StatusCode::CREATED, Json(row.into())))
}

/// Who uses an invitation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct InvitationUse {
    /// The person.
    person: Id,
}

/// Use an invitation.
///
/// Notes that a person uses it; once, however often they come.
#[utoipa::path(post, operation_id = "use_invitation", path = "/v1/invitations/{id}/uses", tag = "automation", security(("bearer" = [])),
    params(("id" = Id, Path, description = "The invitation's id.")),
    request_body = InvitationUse,
    responses((status = 200, description = "The invitation.", body = Invitation), EngineItemRefusals))]
async fn admit(
    mut writer: Writer<Identify>,
    PathParam(id): PathParam<Id>,
    Body(guest): Body<InvitationUse>,
) -> Result<Json<Invitation>, Error> {
    let (caller, conn) = writer.parts();
    let row = engine::admit(conn, caller, id.0, guest.person.0).await?;
    Ok(Json(row.into()))
}
