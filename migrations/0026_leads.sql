-- Leads in the order of the scores that they have now. What is kept of a person under a scoring model holds
-- the moment of the place and until when it holds; those who are known already are looked at when the worker
-- begins, and until then computed when leads are listed.

update engine.projection_person
set state = convert_to(jsonb_build_object(
        'score', convert_from(state, 'UTF8')::jsonb,
        'at', '1970-01-01T00:00:00Z',
        'next', '1970-01-01T00:00:00Z',
        'still', false)::text, 'UTF8'),
    next_at = '1970-01-01T00:00:00Z'
from engine.projection
where projection.id = projection_person.projection and projection.kind = 'scoring_model';

-- Places that are scores and places that are near them are ordered apart. Lists say of which they are, and
-- what looks for one person's row, or for those whose time has come, does not.
drop index engine.projection_person_order_idx;
create index projection_person_order_idx
    on engine.projection_person (projection, order_key desc, person)
    where next_at is null or label = 'still';
create index projection_person_moving_order_idx
    on engine.projection_person (projection, order_key desc, person)
    where next_at is not null and label <> 'still' and order_key > '-9223372036854775808';

-- Deals can be corrected: reopened, closed with a date, removed with a reason. Nothing of it replaces what the
-- history says.
alter table engine.deal add column removed_at timestamptz;
alter table engine.stage_transition
    add column kind text not null default 'moved',
    add column reason text,
    -- When the deal counts as won or lost from then on; none while it is open.
    add column closed_at timestamptz;
update engine.stage_transition
set closed_at = at where to_stage in ('won', 'lost');
alter table engine.stage_transition
    add constraint stage_transition_kind_check check (kind in ('moved', 'reopened', 'closed', 'removed')),
    add constraint stage_transition_reason_check check ((kind = 'moved') = (reason is null));
