//! The search for the most likely parameters, over their logarithms, so that all stay positive.

use super::Warning;
use argmin::{
    core::{CostFunction, Error, Executor, State},
    solver::neldermead::NelderMead,
};

/// Logarithms are searched from minus this to this.
const EDGE: f64 = 10.0;
/// Closer to the edge than this is at the edge.
const EDGE_MARGIN: f64 = 0.01;
/// Where the search begins, for every parameter alike: the best of these is refined.
const STARTS: [f64; 3] = [0.1, -1.5, 1.5];
/// Size of the first simplex.
const FIRST_STEP: f64 = 0.5;
/// Steps of one run from a start.
const SCOUTING_STEPS: u64 = 150;
/// Steps of one refining run.
const REFINING_STEPS: u64 = 1_000;
/// Most refining runs: a fresh simplex frees a search that collapsed too early.
const REFINING_RUNS: u32 = 10;
/// A refining run that gains no more than this was the last.
const LEAST_GAIN: f64 = 1e-13;
/// Spread of the simplex' costs at which a run ends.
const SPREAD: f64 = 1e-15;
/// Half the distance of the two points between which a slope is measured.
const SLOPE_STEP: f64 = 1e-4;
/// Slopes up to this are flat.
const FLAT: f64 = 1e-6;
/// Replaces a cost or a slope that is not a finite number.
const WORST: f64 = 1e100;

/// Where a cost is least.
pub(super) struct Minimum<const N: usize> {
    /// The logarithms of the parameters.
    pub(super) logarithms: [f64; N],
    /// Steps taken.
    pub(super) iterations: u64,
    /// Largest absolute slope there.
    slope: f64,
}

impl<const N: usize> Minimum<N> {
    /// Why the minimum is unreliable; empty when it is reliable. `names` are the parameters'.
    pub(super) fn warnings(&self, names: [&str; N]) -> Vec<Warning> {
        let undetermined = self
            .logarithms
            .iter()
            .zip(names)
            .filter(|(logarithm, _)| logarithm.abs() > EDGE - EDGE_MARGIN);
        let mut warnings: Vec<Warning> = undetermined
            .map(|(_, name)| Warning::UndeterminedParameter {
                parameter: name.to_owned(),
            })
            .collect();
        if warnings.is_empty() && self.slope > FLAT {
            warnings.push(Warning::NotConverged { slope: self.slope });
        }
        warnings
    }
}

/// The least of `cost`, which takes logarithms of parameters and is of the order of 1.
pub(super) fn minimise<const N: usize>(cost: impl Fn(&[f64; N]) -> f64) -> Minimum<N> {
    let bounded = |point: &[f64; N]| -> f64 {
        let inside = point.map(|it| it.clamp(-EDGE, EDGE));
        let excess: f64 = point.iter().map(|it| (it.abs() - EDGE).max(0.0)).sum();
        let value = cost(&inside) + excess;
        if value.is_finite() { value } else { WORST }
    };
    let mut best = Run {
        point: [0.0; N],
        cost: WORST,
    };
    let mut iterations = 0;
    for start in STARTS {
        let (run, steps) = nelder_mead(&bounded, [start; N], SCOUTING_STEPS);
        iterations += steps;
        if run.cost < best.cost {
            best = run;
        }
    }
    for _ in 0..REFINING_RUNS {
        let (run, steps) = nelder_mead(&bounded, best.point, REFINING_STEPS);
        iterations += steps;
        let gain = best.cost - run.cost;
        if gain > 0.0 {
            best = run;
        }
        if gain <= LEAST_GAIN {
            break;
        }
    }
    let logarithms = best.point.map(|it| it.clamp(-EDGE, EDGE));
    Minimum {
        logarithms,
        iterations,
        slope: steepest(&cost, &logarithms),
    }
}

/// Where a run ended.
struct Run<const N: usize> {
    point: [f64; N],
    cost: f64,
}

/// One run from a fresh simplex at `start`, and its steps.
fn nelder_mead<const N: usize>(
    cost: &impl Fn(&[f64; N]) -> f64,
    start: [f64; N],
    most_steps: u64,
) -> (Run<N>, u64) {
    let corners = (0..N).map(|corner| {
        let mut point = start;
        if let Some(coordinate) = point.get_mut(corner) {
            *coordinate += FIRST_STEP;
        }
        point.to_vec()
    });
    let simplex = std::iter::once(start.to_vec()).chain(corners).collect();
    let unmoved = Run {
        point: start,
        cost: cost(&start),
    };
    // Neither the tolerance nor the cost is ever refused; if it were, the search would end where it
    // began.
    let Ok(solver) = NelderMead::new(simplex).with_sd_tolerance(SPREAD) else {
        return (unmoved, 0);
    };
    let executor = Executor::new(Objective(cost), solver)
        .configure(|state| state.max_iters(most_steps))
        .timer(false);
    let Ok(found) = executor.run() else {
        return (unmoved, 0);
    };
    let state = found.state();
    let point = state
        .get_best_param()
        .and_then(|it| <[f64; N]>::try_from(it.as_slice()).ok());
    let run = point.map_or(unmoved, |point| Run {
        point,
        cost: state.get_best_cost(),
    });
    (run, state.get_iter())
}

/// The cost in the form that argmin requires.
struct Objective<'a, F, const N: usize>(&'a F)
where
    F: Fn(&[f64; N]) -> f64;

impl<F: Fn(&[f64; N]) -> f64, const N: usize> CostFunction for Objective<'_, F, N> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, point: &Vec<f64>) -> Result<f64, Error> {
        let point = <[f64; N]>::try_from(point.as_slice())?;
        Ok((self.0)(&point))
    }
}

/// The largest absolute slope at `point`, by central differences; [`WORST`] where there is none.
fn steepest<const N: usize>(cost: &impl Fn(&[f64; N]) -> f64, point: &[f64; N]) -> f64 {
    let at = |coordinate: usize, step: f64| {
        let mut moved = *point;
        if let Some(value) = moved.get_mut(coordinate) {
            *value += step;
        }
        cost(&moved)
    };
    (0..N)
        .map(|it| ((at(it, SLOPE_STEP) - at(it, -SLOPE_STEP)) / (2.0 * SLOPE_STEP)).abs())
        .map(|slope| if slope.is_finite() { slope } else { WORST })
        .fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minimum_beyond_the_edge_is_undetermined() {
        let found = minimise(|[x, y]: &[f64; 2]| 1.0 / (1.0 + x.exp()) + (y - 1.0).powi(2));
        let expected = Warning::UndeterminedParameter {
            parameter: "x".to_owned(),
        };
        assert_eq!(found.warnings(["x", "y"]), [expected]);
    }

    #[test]
    fn a_kink_has_not_converged() {
        let found = minimise(|[x]: &[f64; 1]| if *x < 1.0 { 2.0 - x } else { f64::NAN });
        assert!(matches!(
            found.warnings(["x"]).as_slice(),
            [Warning::NotConverged { .. }]
        ));
    }

    #[test]
    fn a_curved_valley_is_followed_to_its_lowest_point() {
        let rosenbrock = |[x, y]: &[f64; 2]| 0.01 * (1.0 - x).powi(2) + (y - x * x).powi(2);
        let found = minimise(rosenbrock);
        assert!(found.warnings(["x", "y"]).is_empty());
        assert!(found.logarithms.iter().all(|it| (it - 1.0).abs() < 1e-6));
    }
}
