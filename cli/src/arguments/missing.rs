//! Names the environment variable of an option that is missing: usage lines name options alone.

use super::Arguments;
use clap::{
    Command, CommandFactory, Error, Parser,
    error::{ContextKind, ContextValue, ErrorKind},
};
use std::collections::BTreeSet;

impl Arguments {
    /// Reads the command line and the environment. Ends the process, with what was wrong, where they
    /// are not understood.
    pub fn of_process() -> Self {
        Self::try_parse().unwrap_or_else(|mut error| {
            name_variables(&mut error);
            error.exit()
        })
    }
}

fn name_variables(error: &mut Error) {
    let Some(ContextValue::Strings(missing)) = error.get(ContextKind::InvalidArg) else {
        return;
    };
    if error.kind() != ErrorKind::MissingRequiredArgument {
        return;
    }
    let command = Arguments::command();
    let options = command.get_subcommands().flat_map(Command::get_arguments);
    let tips: BTreeSet<String> = options
        .filter_map(|option| {
            let name = format!("--{}", option.get_long()?);
            let variable = option.get_env()?.to_str()?;
            let lacks = missing
                .iter()
                .any(|it| it.split(' ').next() == Some(name.as_str()));
            lacks.then(|| format!("the environment variable {variable} does as well as {name}"))
        })
        .collect();
    let tips = tips.into_iter().map(Into::into).collect();
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(tips));
}
