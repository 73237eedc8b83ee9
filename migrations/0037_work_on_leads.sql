-- Work on leads: the sales team, who has which lead and why, tasks with their moments, pipelines of deals, what
-- is known of companies, and what a plan is worth to a farm.

alter table engine.rule_set drop constraint rule_set_kind_check;
alter table engine.rule_set add constraint rule_set_kind_check
    check (kind in ('event_registry', 'scoring_model', 'price_book', 'funnel', 'segment', 'channel_rules',
                    'metric', 'experiment', 'journey', 'template', 'pipeline'));

-- Settings of an organisation's sales team, and whose turn it is.
create table engine.sales_team (
    organisation integer not null,
    -- The queue of leads that nobody can take.
    fallback     text not null,
    -- Whether a lead is assigned when it appears.
    routes       boolean not null,
    -- Working hours of queues, and of members who state none; null for any time.
    hours        jsonb,
    -- What each member has gained and not yet been given. Its row is locked while a lead is assigned.
    turns        jsonb not null default '{}',
    updated_by   text not null,
    updated_at   timestamptz not null,
    constraint sales_team_pkey primary key (organisation),
    constraint sales_team_organisation_fkey foreign key (organisation) references engine.organisation
);

create table engine.sales_member (
    organisation integer not null,
    wallet       pubkey not null,
    name         text not null,
    capacity     integer not null,
    weight       integer not null,
    skills       text[] not null,
    hours        jsonb,
    away         jsonb not null,
    -- Who hears of their late tasks.
    manager      pubkey,
    -- Where a lead finds a moment to meet them.
    meeting_link text,
    updated_by   text not null,
    updated_at   timestamptz not null,
    constraint sales_member_pkey primary key (organisation, wallet),
    constraint sales_member_organisation_fkey foreign key (organisation) references engine.organisation
);

-- Companies whose institutional leads go to one member.
create table engine.sales_account (
    organisation integer not null,
    domain       text not null,
    name         text not null,
    owner        pubkey not null,
    updated_by   text not null,
    updated_at   timestamptz not null,
    constraint sales_account_pkey primary key (organisation, domain),
    constraint sales_account_organisation_fkey foreign key (organisation) references engine.organisation
);

-- Who got a lead, why, and who did not. The last one of everybody who is one person holds, unless it has ended.
create table engine.lead_assignment (
    id           uuid not null,
    organisation integer not null,
    -- As they were when it was assigned; merges do not rewrite it.
    person       uuid not null,
    member       pubkey,
    queue        text,
    reason       text not null,
    passed_over  jsonb not null,
    assigned_by  text not null,
    assigned_at  timestamptz not null,
    ended_at     timestamptz,
    constraint lead_assignment_pkey primary key (organisation, id),
    constraint lead_assignment_organisation_fkey foreign key (organisation) references engine.organisation,
    constraint lead_assignment_person_fkey foreign key (organisation, person) references engine.person (organisation, id),
    constraint lead_assignment_reason_check check (reason in ('account_owner', 'turn', 'fallback', 'by_hand')),
    constraint lead_assignment_place_check check ((member is null) <> (queue is null))
);
create index lead_assignment_person_idx on engine.lead_assignment (person, id);
create index lead_assignment_member_idx on engine.lead_assignment (organisation, member, id) where ended_at is null;
create index lead_assignment_queue_idx on engine.lead_assignment (organisation, queue, id) where ended_at is null;

-- Leads that have appeared and that a worker is to assign.
create table engine.waiting_lead (
    organisation integer not null,
    -- As they were when they appeared; merges do not rewrite it.
    person       uuid not null,
    constraint waiting_lead_pkey primary key (organisation, person),
    constraint waiting_lead_organisation_fkey foreign key (organisation) references engine.organisation,
    constraint waiting_lead_person_fkey foreign key (organisation, person) references engine.person (organisation, id)
);

-- What is promised of a kind of task.
create table engine.task_policy (
    organisation integer not null,
    kind         text not null,
    policy       jsonb not null,
    updated_by   text not null,
    updated_at   timestamptz not null,
    constraint task_policy_pkey primary key (organisation, kind),
    constraint task_policy_organisation_fkey foreign key (organisation) references engine.organisation
);

create table engine.lead_task (
    id           uuid not null,
    organisation integer not null,
    -- As they were when it was created; merges do not rewrite it.
    person       uuid not null,
    kind         text not null,
    title        text not null,
    -- What caused it, so that nothing causes it twice; null where it was asked for.
    cause        text,
    owner        pubkey,
    queue        text,
    state        text not null default 'open',
    -- Computed once, from the hours that are kept beside them.
    due_at       timestamptz not null,
    escalations  jsonb not null,
    hours        jsonb not null,
    -- How many escalations have happened, and when to look for the next; null when none is to come.
    escalated    integer not null default 0,
    look_at      timestamptz,
    version      integer not null default 1,
    created_by   text not null,
    created_at   timestamptz not null,
    closed_by    text,
    closed_at    timestamptz,
    -- What came of it.
    outcome      text,
    constraint lead_task_pkey primary key (organisation, id),
    constraint lead_task_organisation_fkey foreign key (organisation) references engine.organisation,
    constraint lead_task_person_fkey foreign key (organisation, person) references engine.person (organisation, id),
    constraint lead_task_state_check check (state in ('open', 'started', 'done', 'cancelled')),
    constraint lead_task_place_check check ((owner is null) <> (queue is null)),
    constraint lead_task_closed_check check ((state in ('done', 'cancelled')) = (closed_at is not null)),
    constraint lead_task_look_check check (closed_at is null or look_at is null)
);
create unique index lead_task_cause_key on engine.lead_task (organisation, cause) where cause is not null;
create index lead_task_look_at_idx on engine.lead_task (organisation, look_at) where look_at is not null;
create index lead_task_owner_idx on engine.lead_task (organisation, owner, id);
create index lead_task_queue_idx on engine.lead_task (organisation, queue, id);
create index lead_task_due_at_idx on engine.lead_task (organisation, due_at) where closed_at is null;
create index lead_task_person_idx on engine.lead_task (person, id);

-- Who heard of a late task, and when.
create table engine.task_escalation (
    organisation integer not null,
    task         uuid not null,
    number       integer not null,
    -- The manager, or a queue where that is who was to hear, or there is no manager.
    member       pubkey,
    queue        text,
    due_at       timestamptz not null,
    happened_at  timestamptz not null,
    constraint task_escalation_pkey primary key (organisation, task, number),
    constraint task_escalation_task_fkey foreign key (organisation, task)
        references engine.lead_task (organisation, id) on delete cascade,
    constraint task_escalation_place_check check ((member is null) <> (queue is null))
);
create index task_escalation_member_idx on engine.task_escalation (organisation, member, task);
create index task_escalation_queue_idx on engine.task_escalation (organisation, queue, task);

-- The pipeline that a deal is in, and where; null for the stages of every deal.
alter table engine.deal
    add column pipeline text,
    add column pipeline_stage text,
    add constraint deal_pipeline_check check ((pipeline is null) = (pipeline_stage is null));
alter table engine.stage_transition add column pipeline_stage text;

-- How an organisation has companies looked up.
create table engine.enrichment (
    organisation integer not null,
    -- Whether a lead's company is looked up when the lead appears.
    automatic    boolean not null,
    policies     jsonb not null,
    -- A service of the organisation's own that is asked too, and its key, sealed.
    provider_url text,
    provider_key bytea,
    updated_by   text not null,
    updated_at   timestamptz not null,
    constraint enrichment_pkey primary key (organisation),
    constraint enrichment_organisation_fkey foreign key (organisation) references engine.organisation,
    constraint enrichment_provider_check check ((provider_url is null) = (provider_key is null))
);

-- The domain of a lead's e-mail address.
create table engine.lead_company (
    organisation integer not null,
    person       uuid not null,
    domain       text not null,
    kind         text not null,
    looked_at    timestamptz not null,
    -- What kept a provider from answering, by its name.
    problems     jsonb not null,
    constraint lead_company_pkey primary key (organisation, person),
    constraint lead_company_organisation_fkey foreign key (organisation) references engine.organisation,
    constraint lead_company_person_fkey foreign key (organisation, person) references engine.person (organisation, id),
    constraint lead_company_kind_check check (kind in ('own', 'free', 'relay', 'disposable'))
);
create index lead_company_person_idx on engine.lead_company (person);
create index lead_company_domain_idx on engine.lead_company (organisation, domain);

create table engine.company_fact (
    organisation integer not null,
    domain       text not null,
    source       text not null,
    attribute    jsonb not null,
    value        text not null,
    legal_basis  text not null,
    seen_at      timestamptz not null,
    expires_at   timestamptz not null,
    constraint company_fact_pkey primary key (organisation, domain, source, attribute),
    constraint company_fact_organisation_fkey foreign key (organisation) references engine.organisation
);
create index company_fact_expires_at_idx on engine.company_fact (expires_at);

-- Which domains are being asked about, so that of a company's leads one asks. The work that asks deletes its row,
-- whatever came of it.
create table engine.company_claim (
    organisation integer not null,
    domain       text not null,
    -- The number of the work.
    work         bigint not null,
    claimed_at   timestamptz not null,
    constraint company_claim_pkey primary key (organisation, domain),
    constraint company_claim_organisation_fkey foreign key (organisation) references engine.organisation
);
create index company_claim_work_idx on engine.company_claim (organisation, work);

-- What a plan is worth to a lead's farm, as it was computed.
create table engine.lead_roi (
    id           uuid not null,
    organisation integer not null,
    person       uuid not null,
    inputs       jsonb not null,
    report       jsonb not null,
    created_by   text not null,
    created_at   timestamptz not null,
    constraint lead_roi_pkey primary key (organisation, id),
    constraint lead_roi_organisation_fkey foreign key (organisation) references engine.organisation,
    constraint lead_roi_person_fkey foreign key (organisation, person) references engine.person (organisation, id)
);
create index lead_roi_person_idx on engine.lead_roi (person, id);

do $$
declare
    tenant_table text;
begin
    foreach tenant_table in array array[
        'sales_team', 'sales_member', 'sales_account', 'lead_assignment', 'waiting_lead', 'task_policy',
        'lead_task', 'task_escalation', 'enrichment', 'lead_company', 'company_fact', 'company_claim',
        'lead_roi'] loop
        execute format('alter table engine.%I enable row level security', tenant_table);
        execute format(
            'create policy tenant on engine.%I to tessera_tenant
             using ((organisation = engine.current_organisation()) is true)
             with check (organisation = engine.current_organisation())', tenant_table);
        execute format('grant select, insert, update, delete on engine.%I to tessera_tenant', tenant_table);
    end loop;
end $$;
