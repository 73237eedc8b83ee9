//! Plans of other kinds, and more than one of them.

use crate::{Place, World};
use tessera_client::types::{accounts::Plan, args::CreatePlanArgs};

/// The same by the calendar, `months` at a time.
pub fn monthly(args: CreatePlanArgs, months: u8) -> CreatePlanArgs {
    CreatePlanArgs {
        period_secs: 0,
        period_months: months,
        ..args
    }
}

/// The same with free time before the first charge.
pub fn with_trial(args: CreatePlanArgs, trial_secs: u32) -> CreatePlanArgs {
    CreatePlanArgs { trial_secs, ..args }
}

/// The same where the org states what a period costs, up to the price; nobody is paid to crank it.
pub fn metered(args: CreatePlanArgs) -> CreatePlanArgs {
    CreatePlanArgs {
        keeper_fee_cap: 0,
        flags: args.flags | Plan::METERED,
        ..args
    }
}

/// The same where who leaves within a period is credited what is left of it.
pub fn prorated(args: CreatePlanArgs) -> CreatePlanArgs {
    CreatePlanArgs {
        flags: args.flags | Plan::PRORATED,
        ..args
    }
}

impl World {
    /// Another plan of the same org, under the next id.
    #[track_caller]
    pub fn add_plan(&mut self, args: CreatePlanArgs) -> Place {
        let id = self.org_account().highest_plan_id + 1;
        let authority = self.authority.insecure_clone();
        let create = self.create_plan(CreatePlanArgs { id, ..args });
        self.send(&[create], &[&authority]).expect("another plan");
        self.place_of_plan(id)
    }

    /// The same on the world's terms.
    #[track_caller]
    pub fn second_plan(&mut self) -> Place {
        self.add_plan(self.create_plan_args())
    }
}
