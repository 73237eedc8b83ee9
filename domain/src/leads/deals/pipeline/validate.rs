//! Which pipelines may be used: one in which no deal is stuck, no stage is out of reach, and no move
//! contradicts the stages that every deal has.

use super::{
    definition::{MAX_REQUIREMENTS, MAX_STAGES, MAX_TITLE_CHARS, Pipeline, PipelineStage},
    requirement::Requirement,
};
use crate::{
    capture::is_name,
    leads::deals::{Stage, transition},
    refusal::Refusal,
};
use std::collections::{BTreeMap, BTreeSet};

impl Pipeline {
    /// Whether the pipeline may be used.
    ///
    /// # Errors
    /// The first field that breaks a rule.
    pub fn validate(&self) -> Result<(), Refusal> {
        Refusal::unless_count("stages", self.stages.len(), 2..=MAX_STAGES, "stages")?;
        let mut by_name = BTreeMap::new();
        for (index, stage) in self.stages.iter().enumerate() {
            stage.validate().map_err(|it| it.within(&at(index)))?;
            if by_name.insert(stage.name.as_str(), stage).is_some() {
                return broken(index, "name", "must be unique");
            }
        }
        for (index, stage) in self.stages.iter().enumerate() {
            check_moves(&by_name, stage).map_err(|it| it.within(&at(index)))?;
        }
        self.check_ends()?;
        self.check_reach()
    }

    /// A pipeline begins where deals begin, and can end in both ways.
    fn check_ends(&self) -> Result<(), Refusal> {
        if self.stages.first().map(|it| it.stands_for) != Some(Stage::New) {
            return broken(0, "stands_for", "must be new in the first stage");
        }
        for end in [Stage::Won, Stage::Lost] {
            if !self.stages.iter().any(|it| it.stands_for == end) {
                let rule = format!("must have a stage that stands for {end}");
                return Err(Refusal::new("stages", rule));
            }
        }
        Ok(())
    }

    /// Every stage is reached from the first, and from every open one a deal can be closed.
    fn check_reach(&self) -> Result<(), Refusal> {
        let first = self.stages.iter().take(1).map(|it| it.name.as_str());
        let reached = self.spread(first.collect(), |stage, reached| {
            let is_next = |from: &&PipelineStage| from.next.contains(&stage.name);
            let mut from = self.stages.iter().filter(is_next);
            from.any(|it| reached.contains(it.name.as_str()))
        });
        let closed = self.stages.iter().filter(|it| it.stands_for.is_closed());
        let ending = self.spread(
            closed.map(|it| it.name.as_str()).collect(),
            |stage, ending| stage.next.iter().any(|it| ending.contains(it.as_str())),
        );
        for (index, stage) in self.stages.iter().enumerate() {
            if !reached.contains(stage.name.as_str()) {
                return broken(index, "name", "must be reached from the first stage");
            }
            if !ending.contains(stage.name.as_str()) {
                return broken(index, "next", "must lead to a stage that is won or lost");
            }
        }
        Ok(())
    }

    /// Adds stages to a set as long as one belongs to it.
    fn spread<'a>(
        &'a self,
        mut set: BTreeSet<&'a str>,
        belongs: impl Fn(&PipelineStage, &BTreeSet<&str>) -> bool,
    ) -> BTreeSet<&'a str> {
        loop {
            let outside = self
                .stages
                .iter()
                .filter(|it| !set.contains(it.name.as_str()));
            let more: Vec<&str> = outside
                .filter(|it| belongs(it, &set))
                .map(|it| it.name.as_str())
                .collect();
            if more.is_empty() {
                return set;
            }
            set.extend(more);
        }
    }
}

impl PipelineStage {
    fn validate(&self) -> Result<(), Refusal> {
        if !is_name(&self.name) {
            let rule = "must be 1 to 64 of a-z, 0-9 and _, a letter first";
            return Err(Refusal::new("name", rule));
        }
        Refusal::unless_name("title", &self.title, MAX_TITLE_CHARS)?;
        let count = self.requires.len();
        Refusal::unless_count("requires", count, 0..=MAX_REQUIREMENTS, "requirements")?;
        let mut places = BTreeSet::new();
        for (index, it) in self.requires.iter().enumerate() {
            let field = format!("requires[{index}]");
            Requirement::validate(it).map_err(|refusal| refusal.within(&field))?;
            if !places.insert((it.of, &it.field)) {
                return Err(Refusal::new(format!("{field}.field"), "must be unique"));
            }
        }
        Ok(())
    }
}

fn check_moves(
    by_name: &BTreeMap<&str, &PipelineStage>,
    stage: &PipelineStage,
) -> Result<(), Refusal> {
    let mut seen = BTreeSet::new();
    for (index, name) in stage.next.iter().enumerate() {
        let broken = |rule: String| Err(Refusal::new(format!("next[{index}]"), rule));
        let Some(to) = by_name.get(name.as_str()) else {
            return broken("must be the name of a stage".to_owned());
        };
        if *name == stage.name || !seen.insert(name) {
            return broken("must be another stage, and only once".to_owned());
        }
        let (from, to) = (stage.stands_for, to.stands_for);
        let within_one = from == to && !from.is_closed();
        if !within_one && transition(from, to).is_err() {
            return broken(format!("must not go from {from} to {to}"));
        }
    }
    Ok(())
}

fn at(index: usize) -> String {
    format!("stages[{index}]")
}

fn broken(index: usize, field: &str, rule: &str) -> Result<(), Refusal> {
    Err(Refusal::new(format!("{}.{field}", at(index)), rule))
}
