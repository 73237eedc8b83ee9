-- Computations that take longer than a request may: asked for, done by a worker, kept with their result.
create table engine.job (
    organisation integer not null,
    id           uuid not null,
    kind         text not null,
    request      jsonb not null,
    -- queued -> running -> done or failed.
    status       text not null default 'queued',
    -- Hundredths that are done.
    progress     smallint not null default 0,
    result       jsonb,
    -- Why it failed.
    problem      text,
    created_by   text not null,
    created_at   timestamptz not null default now(),
    finished_at  timestamptz,
    constraint job_pkey primary key (organisation, id),
    constraint job_organisation_fkey foreign key (organisation) references engine.organisation,
    constraint job_status_check check (status in ('queued', 'running', 'done', 'failed')),
    constraint job_progress_check check (progress between 0 and 100)
);
create index job_unfinished_idx on engine.job (organisation) where finished_at is null;
create index job_created_at_idx on engine.job (created_at);

alter table engine.job enable row level security;
create policy tenant on engine.job to tessera_tenant
    using (organisation = engine.current_organisation())
    with check (organisation = engine.current_organisation());
grant select, insert, update, delete on engine.job to tessera_tenant;
