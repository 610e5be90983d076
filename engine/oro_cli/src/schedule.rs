//! `oroc schedule`: what a tick runs, as the built schedule really orders it.

use std::any::TypeId;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use oro::app::App;
use oro::ecs::schedule::graph::Direction;
use oro::ecs::schedule::{
    ApplyDeferred, ConditionWithAccess, InternedScheduleLabel, NodeId, Schedule, ScheduleGraph,
    ScheduleLabel as _, Schedules, SystemKey, SystemSet as _, SystemSetKey,
};
use oro::engine::tick::{AfterTick, Shutdown, Startup, Tick, TickSystems};
use serde::Serialize;

use crate::report::{Failure, Outcome, print};

/// One schedule, as it runs.
#[derive(Debug, Serialize)]
struct Plan {
    schedule: String,
    steps: Vec<Step>,
}

/// A set or a system, in the order in which it runs.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
enum Step {
    /// A set that orders what is in it.
    Set {
        name: String,
        conditions: Vec<String>,
        steps: Vec<Step>,
    },
    /// A system.
    System(Placed),
    /// Commands of the systems before are applied here.
    Sync,
}

/// A system and all that decides whether it runs.
#[derive(Debug, Serialize)]
struct Placed {
    name: String,
    /// Sets besides the ones it is listed under.
    sets: Vec<String>,
    /// Conditions besides those of the sets that it is listed under.
    conditions: Vec<String>,
    /// Whether it has the World for itself.
    exclusive: bool,
}

/// Prints all schedules.
pub fn run(mut app: App, json: bool) -> Outcome {
    let mut plans = Vec::new();
    for label in [
        Startup.intern(),
        Tick.intern(),
        AfterTick.intern(),
        Shutdown.intern(),
    ] {
        plans.push(plan(&mut app, label)?);
    }
    if json {
        let text = serde_json::to_string_pretty(&plans).map_err(Failure::failed)?;
        print(text + "\n")?;
    } else {
        print(plans.iter().map(text).collect::<Vec<_>>().join("\n"))?;
    }
    Ok(std::process::ExitCode::SUCCESS)
}

/// What a graph knows only until its schedule is built.
struct Conditions {
    systems: BTreeMap<SystemKey, Vec<String>>,
    sets: BTreeMap<SystemSetKey, Vec<String>>,
}

fn plan(app: &mut App, label: InternedScheduleLabel) -> Result<Plan, Failure> {
    let world = app.world_mut();
    let name = format!("{label:?}");
    let mut schedule = world
        .resource_mut::<Schedules>()
        .remove(label)
        .ok_or_else(|| Failure::failed(format!("there is no schedule `{name}`")))?;
    let conditions = conditions(schedule.graph());
    schedule.initialize(world).map_err(|error| {
        let text = error.to_string(schedule.graph(), world);
        Failure::failed(format!("the schedule `{name}` cannot be built: {text}"))
    })?;
    let steps = steps(&schedule, &conditions)?;
    world.resource_mut::<Schedules>().insert(schedule);
    Ok(Plan {
        schedule: name,
        steps,
    })
}

fn conditions(graph: &ScheduleGraph) -> Conditions {
    let names = |list: &[ConditionWithAccess]| -> Vec<String> {
        list.iter()
            .map(|each| short(&each.condition.name().shortname().to_string()))
            .collect()
    };
    Conditions {
        systems: graph
            .systems
            .iter()
            .map(|(key, _, list)| (key, names(list)))
            .collect(),
        sets: graph
            .system_sets
            .iter()
            .map(|(key, _, list)| (key, names(list)))
            .collect(),
    }
}

fn short(name: &str) -> String {
    name.replace("::{{closure}}", "")
}

/// All sets that a node is in, directly or not.
fn ancestors(graph: &ScheduleGraph, node: NodeId, into: &mut BTreeSet<SystemSetKey>) {
    for parent in graph
        .hierarchy()
        .neighbors_directed(node, Direction::Incoming)
    {
        if let NodeId::Set(key) = parent
            && into.insert(key)
        {
            ancestors(graph, parent, into);
        }
    }
}

/// The set's name; `None` for those that Bevy makes for single systems and for tuples.
fn set_name(graph: &ScheduleGraph, key: SystemSetKey) -> Option<String> {
    let set = graph.system_sets.get(key)?;
    let hidden = set.system_type().is_some() || set.is_anonymous();
    (!hidden).then(|| format!("{set:?}"))
}

struct Builder<'a> {
    graph: &'a ScheduleGraph,
    conditions: &'a Conditions,
    /// The sets of the tick, in their order.
    phases: Vec<SystemSetKey>,
}

fn steps(schedule: &Schedule, conditions: &Conditions) -> Result<Vec<Step>, Failure> {
    use TickSystems::{Begin, Dispatch, Emit, End, Poll, Timers, Update};
    let graph = schedule.graph();
    let phases = [Begin, Poll, Timers, Dispatch, Update, Emit, End]
        .into_iter()
        .filter_map(|phase| graph.system_sets.get_key(phase.intern()))
        .collect();
    let builder = Builder {
        graph,
        conditions,
        phases,
    };
    let systems = schedule.systems_with_access().map_err(Failure::failed)?;
    let mut out = Vec::new();
    let mut phases_done = 0;
    for (key, system) in systems {
        let exclusive = system.access().is_exclusive();
        let system = system.system();
        // Bevy's own, which it puts where a later system must see the commands of an earlier one.
        let is_sync = system.system_type() == TypeId::of::<ApplyDeferred>();
        let path = builder.path(key);
        if let Some(at) = path
            .first()
            .and_then(|top| builder.phases.iter().position(|p| p == top))
        {
            // A phase without systems has its place too.
            while phases_done < at {
                builder.open(&mut out, &[builder.phases[phases_done]]);
                phases_done += 1;
            }
            phases_done = phases_done.max(at + 1);
        }
        let step = if is_sync {
            Step::Sync
        } else {
            Step::System(builder.place(key, &system.name().to_string(), &path, exclusive))
        };
        if is_sync {
            deepest(&mut out).push(step);
        } else {
            builder.open(&mut out, &path).push(step);
        }
    }
    for phase in &builder.phases[phases_done.min(builder.phases.len())..] {
        builder.open(&mut out, &[*phase]);
    }
    Ok(out)
}

/// The list that the last system went into.
fn deepest(steps: &mut Vec<Step>) -> &mut Vec<Step> {
    let is_set = matches!(steps.last(), Some(Step::Set { .. }));
    if !is_set {
        return steps;
    }
    match steps.last_mut() {
        Some(Step::Set { steps, .. }) => deepest(steps),
        _ => unreachable!("looked at above"),
    }
}

impl Builder<'_> {
    /// The sets that a system is listed under: its phase, then the sets within that phase.
    fn path(&self, key: SystemKey) -> Vec<SystemSetKey> {
        let mut sets = BTreeSet::new();
        ancestors(self.graph, NodeId::System(key), &mut sets);
        let Some(phase) = self.phases.iter().find(|phase| sets.contains(phase)) else {
            return Vec::new();
        };
        let mut path = vec![*phase];
        // From the outside in: the sets that are themselves in the one before.
        let mut inner: Vec<(usize, SystemSetKey)> = Vec::new();
        for set in &sets {
            let mut above = BTreeSet::new();
            ancestors(self.graph, NodeId::Set(*set), &mut above);
            if above.contains(phase) && set_name(self.graph, *set).is_some() {
                inner.push((above.len(), *set));
            }
        }
        inner.sort_unstable();
        path.extend(inner.into_iter().map(|(_, set)| set));
        path
    }

    fn place(&self, key: SystemKey, name: &str, path: &[SystemSetKey], exclusive: bool) -> Placed {
        let mut all = BTreeSet::new();
        ancestors(self.graph, NodeId::System(key), &mut all);
        let mut listed = BTreeSet::new();
        for set in path {
            listed.insert(*set);
            ancestors(self.graph, NodeId::Set(*set), &mut listed);
        }
        let others: Vec<SystemSetKey> = all.difference(&listed).copied().collect();
        let own = self.conditions.systems.get(&key).into_iter().flatten();
        let of_sets = others
            .iter()
            .filter_map(|set| self.conditions.sets.get(set))
            .flatten();
        Placed {
            name: name.to_owned(),
            sets: others
                .iter()
                .filter_map(|set| set_name(self.graph, *set))
                .collect(),
            conditions: own.chain(of_sets).cloned().collect(),
            exclusive,
        }
    }

    /// The conditions of a set itself, and of the tuples in which it was given more.
    fn gates(&self, set: SystemSetKey) -> Vec<String> {
        let mut above = BTreeSet::new();
        ancestors(self.graph, NodeId::Set(set), &mut above);
        let mut of_others = BTreeSet::new();
        for named in above
            .iter()
            .filter(|set| set_name(self.graph, **set).is_some())
        {
            of_others.insert(*named);
            ancestors(self.graph, NodeId::Set(*named), &mut of_others);
        }
        std::iter::once(&set)
            .chain(above.difference(&of_others))
            .filter_map(|set| self.conditions.sets.get(set))
            .flatten()
            .cloned()
            .collect()
    }

    /// The list of steps of a set; the set is begun if the last step is not in it.
    fn open<'s>(&self, steps: &'s mut Vec<Step>, path: &[SystemSetKey]) -> &'s mut Vec<Step> {
        let Some((first, rest)) = path.split_first() else {
            return steps;
        };
        let wanted = set_name(self.graph, *first).unwrap_or_default();
        let is_open = matches!(steps.last(), Some(Step::Set { name, .. }) if *name == wanted);
        if !is_open {
            let conditions = self.gates(*first);
            steps.push(Step::Set {
                name: wanted,
                conditions,
                steps: Vec::new(),
            });
        }
        match steps.last_mut() {
            Some(Step::Set { steps, .. }) => self.open(steps, rest),
            _ => unreachable!("a set was pushed above"),
        }
    }
}

fn text(plan: &Plan) -> String {
    let mut out = format!("{}\n", plan.schedule);
    if plan.steps.is_empty() {
        out += "  (empty)\n";
    }
    draw(&mut out, &plan.steps, "");
    out
}

fn draw(out: &mut String, steps: &[Step], indent: &str) {
    for (at, step) in steps.iter().enumerate() {
        let last = at + 1 == steps.len();
        let (branch, below) = if last {
            ("└─ ", "   ")
        } else {
            ("├─ ", "│  ")
        };
        let line = match step {
            Step::Set {
                name, conditions, ..
            } => format!("{name}{}", suffix("if", conditions)),
            Step::System(system) => format!(
                "{}{}{}{}",
                system.name,
                suffix("in", &system.sets),
                suffix("if", &system.conditions),
                if system.exclusive { "  [world]" } else { "" },
            ),
            Step::Sync => "· commands are applied".to_owned(),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{indent}{branch}{line}");
        if let Step::Set { steps, .. } = step {
            draw(out, steps, &format!("{indent}{below}"));
        }
    }
}

fn suffix(word: &str, list: &[String]) -> String {
    if list.is_empty() {
        String::new()
    } else {
        format!("  {word} {}", list.join(", "))
    }
}
