//! Tasks: what is to be done for leads, whose it is, and by when it is due.

mod bodies;

use crate::{
    auth::{Read, Sell},
    error::Error,
    extract::{Body, Checks, Flag, List, Listed, Paging, Param, PathParam, parameters},
    http::{
        conditional::{Changing, IfMatch},
        unit_of_work::{Reader, Writer},
    },
    openapi::{EngineItemRefusals, EngineRefusals},
    problem::{self, Problem},
    state::ApiState,
    wire::{Id, Key, Listing, Name},
};
use axum::{Json, extract::State, http::StatusCode};
use bodies::{NewTask, Task, TaskEscalation, TaskMove, TaskReassignment};
use tessera_domain::{capture::is_name, leads::tasks::TaskState};
use tessera_engine::leads::tasks::{self, Place};
use tessera_store::{
    PgConnection,
    leads::{
        task::{self, TaskFilter, TaskRow},
        task_escalation,
    },
    people::person,
};
use utoipa::{
    PartialSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get))
        .routes(routes!(advance))
        .routes(routes!(reassign))
        .routes(routes!(escalations))
}

pub(crate) struct TaskStateName(TaskState);

impl Param for TaskStateName {
    const RULE: &'static str = "must be one of open, started, done, cancelled";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }
}

impl PartialSchema for TaskStateName {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(TaskState::ALL.map(TaskState::as_str)))
            .examples(["open"])
            .into()
    }
}

parameters! {
    /// Narrows the list.
    struct TaskFilters {
        /// Only tasks of this member.
        owner: Key,
        /// Only tasks in this queue.
        queue: Name,
        /// Only tasks for this person, or for anybody merged with them.
        person: Id,
        /// Only tasks in this state.
        state: TaskStateName,
        /// Only tasks that are late now and not closed, with `true`.
        overdue: Flag,
        /// Only tasks of which this member has heard because they are late.
        escalated_to: Key,
    }
}

impl Listed for TaskFilters {
    const RESOURCE: &'static str = "tasks";
    type Key = Uuid;
}

/// List tasks.
///
/// Oldest first, a page at a time.
#[utoipa::path(get, operation_id = "list_tasks", path = "/v1/tasks", tag = "leads", security(("bearer" = [])),
    params(TaskFilters, Paging<TaskFilters>),
    responses((status = 200, description = "A page of tasks.", body = Listing<Task>), EngineRefusals))]
async fn list(
    State(api): State<ApiState>,
    mut reader: Reader<Read>,
    list: List<TaskFilters>,
) -> Result<Json<Listing<Task>>, Error> {
    let (filters, now) = (&list.filters, api.now());
    let late = filters.overdue.is_some_and(|it| it.0);
    let filter = TaskFilter {
        owner: filters.owner.map(Into::into),
        queue: filters.queue.as_ref().map(|it| it.0.clone()),
        person: filters.person.map(|it| it.0),
        state: filters.state.as_ref().map(|it| it.0),
        overdue_at: late.then(|| now.into()),
        escalated_to: filters.escalated_to.map(Into::into),
    };
    let rows = task::list(&mut reader, &filter, list.page()).await?;
    list.answer(rows, |row| row.id, |row| Ok(Task::new(row, now)))
}

/// Create a task.
///
/// It is due by the policy of its kind, in its owner's working time, and its due times never change. Without `owner` it
/// goes to the member who has the lead, or to the team's queue if nobody does.
#[utoipa::path(post, operation_id = "create_task", path = "/v1/tasks", tag = "leads", security(("bearer" = [])),
    request_body = NewTask,
    responses((status = 201, description = "The task.", body = Task), EngineRefusals))]
async fn create(
    State(api): State<ApiState>,
    mut writer: Writer<Sell>,
    Body(new): Body<NewTask>,
) -> Result<(StatusCode, Changing<Task>), Error> {
    let now = api.now();
    let mut checks = Checks::default();
    let rule = "must be the id of a person of the organisation, as GET /v1/leads lists it";
    let known = person::get(&mut writer, new.person.0).await?.is_some();
    checks.that("person", rule, known);
    checks.finish()?;
    let (caller, conn) = writer.parts();
    let new = tasks::NewTask {
        person: new.person.0,
        kind: new.kind,
        title: new.title,
        owner: new.owner.map(Into::into),
        cause: None,
        created_by: caller.actor.to_string(),
        at: now,
    };
    let row = tasks::create(conn, caller.organisation, &new).await?;
    Ok((StatusCode::CREATED, Task::changing(row, now)))
}

/// Get a task.
#[utoipa::path(get, operation_id = "get_task", path = "/v1/tasks/{id}", tag = "leads", security(("bearer" = [])),
    params(("id" = Id, Path, description = "The task's id.")),
    responses((status = 200, description = "The task.", body = Task), EngineItemRefusals))]
async fn get(
    State(api): State<ApiState>,
    mut reader: Reader<Read>,
    PathParam(id): PathParam<Id>,
) -> Result<Json<Task>, Error> {
    // Without a tag: how late it is changes with the clock.
    let row = tasks::get(&mut reader, id.0).await?;
    Ok(Json(Task::new(row, api.now())))
}

/// Move a task to another state.
///
/// An open task is started, done or cancelled; a started one is done, cancelled, or open again. A closed task
/// is final. With `If-Match`, only if it is still the version of that `ETag`.
#[utoipa::path(post, operation_id = "move_task", path = "/v1/tasks/{id}/transition", tag = "leads",
    security(("bearer" = [])),
    params(("id" = Id, Path, description = "The task's id."),
        ("If-Match" = Option<String>, Header, description = "ETag of the version to move.", example = "\"0.1.0-3\"")),
    request_body = TaskMove,
    responses((status = 200, description = "The task as it is now.", body = Task),
        (status = 412, description = "The task has changed since.", body = Problem, content_type = problem::MEDIA_TYPE),
        EngineItemRefusals))]
async fn advance(
    State(api): State<ApiState>,
    mut writer: Writer<Sell>,
    PathParam(id): PathParam<Id>,
    if_match: IfMatch,
    Body(wanted): Body<TaskMove>,
) -> Result<Changing<Task>, Error> {
    let now = api.now();
    let row = locked(&mut writer, id, &if_match).await?;
    let (caller, conn) = writer.parts();
    let row = tasks::advance(conn, caller, row, wanted.to, wanted.outcome, now).await?;
    Ok(Task::changing(row, now))
}

/// Reassign a task.
///
/// To another member, or to a queue. It is open again and keeps its due time. With `If-Match`, only if it is still the
/// version of that `ETag`.
#[utoipa::path(post, operation_id = "reassign_task", path = "/v1/tasks/{id}/reassign", tag = "leads",
    security(("bearer" = [])),
    params(("id" = Id, Path, description = "The task's id."),
        ("If-Match" = Option<String>, Header, description = "ETag of the version to reassign.", example = "\"0.1.0-3\"")),
    request_body = TaskReassignment,
    responses((status = 200, description = "The task as it is now.", body = Task),
        (status = 412, description = "The task has changed since.", body = Problem, content_type = problem::MEDIA_TYPE),
        EngineItemRefusals))]
async fn reassign(
    State(api): State<ApiState>,
    mut writer: Writer<Sell>,
    PathParam(id): PathParam<Id>,
    if_match: IfMatch,
    Body(wanted): Body<TaskReassignment>,
) -> Result<Changing<Task>, Error> {
    let place = match (wanted.owner, wanted.queue) {
        (Some(owner), None) => Place::Member(owner.into()),
        (None, Some(queue)) if is_name(&queue) => Place::Queue(queue),
        (None, Some(_)) => return Err(Error::refused("queue", Name::RULE)),
        _ => {
            return Err(Error::refused(
                "owner",
                "must be given, unless queue is, and not with it",
            ));
        }
    };
    let row = locked(&mut writer, id, &if_match).await?;
    let row = tasks::reassign(&mut writer, row, place).await?;
    Ok(Task::changing(row, api.now()))
}

/// List the escalations of a task.
///
/// Who has heard of it because it is late, in order.
#[utoipa::path(get, operation_id = "list_task_escalations", path = "/v1/tasks/{id}/escalations", tag = "leads",
    security(("bearer" = [])),
    params(("id" = Id, Path, description = "The task's id.")),
    responses((status = 200, description = "All of them.", body = [TaskEscalation]), EngineItemRefusals))]
async fn escalations(
    mut reader: Reader<Read>,
    PathParam(id): PathParam<Id>,
) -> Result<Json<Vec<TaskEscalation>>, Error> {
    tasks::get(&mut reader, id.0).await?;
    let rows = task_escalation::of(&mut reader, id.0).await?;
    Ok(Json(rows.into_iter().map(Into::into).collect()))
}

/// Locks the task to change, if it still is the version that the caller means.
async fn locked(conn: &mut PgConnection, id: Id, if_match: &IfMatch) -> Result<TaskRow, Error> {
    let row = tasks::lock(conn, id.0).await?;
    if_match.require(row.version, "task")?;
    Ok(row)
}
