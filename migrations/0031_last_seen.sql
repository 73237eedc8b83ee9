-- When somebody last did something follows from their events and from the registry in force, which says
-- which events are acts. It is read when it is asked for, so that another registry decides about the past
-- too, and nobody's row is written with each event.
alter table engine.person drop column last_seen;
