//! What a new worker must be told again: models and adapters, and which conversations are lost.

use std::collections::{BTreeMap, HashMap, HashSet};

use oro_components::llm::{
    AdapterId, AiError, ContextId, Generate, LoadAdapter, LoadModel, ModelId, Segment,
};

use crate::engine::protocol::{Answer, Ask, RequestId, Tell};

/// Requests of ours begin here: the engine's own are counted from 1.
pub(super) const OWN: RequestId = 1 << 63;

/// What the application has loaded, and what the worker of this moment has.
#[derive(Debug, Default)]
pub(super) struct Roster {
    models: BTreeMap<ModelId, LoadModel>,
    adapters: BTreeMap<AdapterId, LoadAdapter>,
    /// Those that this worker was told to load.
    told_models: HashSet<ModelId>,
    told_adapters: HashSet<AdapterId>,
    /// Loading: what is forgotten again if that fails.
    loading: HashMap<RequestId, Loading>,
    /// Contexts with something in this worker, and those whose content went with another.
    held: HashSet<ContextId>,
    lost: HashSet<ContextId>,
    own: RequestId,
}

#[derive(Clone, Copy, Debug)]
enum Loading {
    Model(ModelId),
    Adapter(AdapterId),
}

impl Roster {
    /// What the worker must be asked so that it can answer `ask`, which comes last; or why that
    /// is pointless.
    pub fn prepare(&mut self, id: RequestId, ask: Ask) -> Result<Vec<(RequestId, Ask)>, AiError> {
        let mut asks = Vec::new();
        match &ask {
            Ask::Load(load) => {
                self.models.insert(load.id, load.clone());
                self.told_models.insert(load.id);
                self.loading.insert(id, Loading::Model(load.id));
            }
            Ask::Unload(model) => {
                let told = self.told_models.remove(model);
                let known = self.models.remove(model).is_some();
                self.adapters.retain(|_, adapter| adapter.model != *model);
                if known && !told {
                    // This worker has never heard of it.
                    return Ok(Vec::new());
                }
            }
            Ask::LoadAdapter(load) => {
                self.model(load.model, &mut asks);
                self.adapters.insert(load.id, load.clone());
                self.told_adapters.insert(load.id);
                self.loading.insert(id, Loading::Adapter(load.id));
            }
            Ask::UnloadAdapter(adapter) => {
                let told = self.told_adapters.remove(adapter);
                if self.adapters.remove(adapter).is_some() && !told {
                    return Ok(Vec::new());
                }
            }
            Ask::Tokenize(it) => self.model(it.model, &mut asks),
            Ask::Detokenize(it) => self.model(it.model, &mut asks),
            Ask::Embed(it) => self.model(it.model, &mut asks),
            Ask::Generate(it) => {
                self.context(it)?;
                self.model(it.model, &mut asks);
                if let Some(adapter) = it.adapter {
                    self.adapter(adapter.id, &mut asks);
                }
            }
            Ask::Dump(context) => {
                if self.lost.contains(context) {
                    return Err(AiError::ContextEmpty(context.0));
                }
            }
            Ask::Restore(it) => {
                self.lost.remove(&it.context);
                self.held.insert(it.context);
                self.model(it.model, &mut asks);
                if let Some(adapter) = it.adapter {
                    self.adapter(adapter.id, &mut asks);
                }
            }
            Ask::Telemetry => {}
        }
        asks.push((id, ask));
        Ok(asks)
    }

    /// A conversation that was lost cannot go on as if nothing had been said.
    fn context(&mut self, generate: &Generate) -> Result<(), AiError> {
        let Some(context) = generate.context else {
            return Ok(());
        };
        let continues = generate.prompt.first() == Some(&Segment::Context);
        if continues && self.lost.contains(&context) {
            return Err(AiError::ContextEmpty(context.0));
        }
        self.lost.remove(&context);
        self.held.insert(context);
        Ok(())
    }

    fn model(&mut self, id: ModelId, asks: &mut Vec<(RequestId, Ask)>) {
        let Some(load) = self.models.get(&id).cloned() else {
            return;
        };
        if self.told_models.insert(id) {
            let own = self.own_id();
            self.loading.insert(own, Loading::Model(id));
            asks.push((own, Ask::Load(load)));
        }
    }

    fn adapter(&mut self, id: AdapterId, asks: &mut Vec<(RequestId, Ask)>) {
        let Some(load) = self.adapters.get(&id).cloned() else {
            return;
        };
        if self.told_adapters.insert(id) {
            let own = self.own_id();
            self.loading.insert(own, Loading::Adapter(id));
            asks.push((own, Ask::LoadAdapter(load)));
        }
    }

    fn own_id(&mut self) -> RequestId {
        self.own += 1;
        OWN + self.own
    }

    /// Notes what is told.
    pub fn tell(&mut self, tell: Tell) {
        if let Tell::DropContext(context) = tell {
            self.held.remove(&context);
            self.lost.remove(&context);
        }
    }

    /// Notes an answer. False if it is one to ourselves.
    pub fn answered(&mut self, id: RequestId, answer: &Answer) -> bool {
        if answer.is_last()
            && let Some(loading) = self.loading.remove(&id)
            && let Answer::Failed(error) = answer
        {
            match loading {
                Loading::Model(model) => {
                    self.models.remove(&model);
                    self.told_models.remove(&model);
                }
                Loading::Adapter(adapter) => {
                    self.adapters.remove(&adapter);
                    self.told_adapters.remove(&adapter);
                }
            }
            if id >= OWN {
                tracing::warn!(%error, "what was loaded cannot be loaded again");
            }
        }
        id < OWN
    }

    /// Notes that the worker has ended with all that it had.
    pub fn worker_ended(&mut self) {
        // A model that was never loaded may be what ended it.
        for loading in std::mem::take(&mut self.loading).into_values() {
            match loading {
                Loading::Model(model) => drop(self.models.remove(&model)),
                Loading::Adapter(adapter) => drop(self.adapters.remove(&adapter)),
            }
        }
        self.told_models.clear();
        self.told_adapters.clear();
        self.lost.extend(self.held.drain());
    }
}

#[cfg(test)]
mod tests {
    use oro_components::llm::AdapterUse;

    use super::*;

    const MODEL: ModelId = ModelId(1);
    const ADAPTER: AdapterId = AdapterId(2);
    const CONTEXT: ContextId = ContextId(3);

    fn load() -> Ask {
        Ask::Load(LoadModel {
            id: MODEL,
            path: "m".into(),
            gpu_layers: 0,
        })
    }

    fn generate(prompt: Vec<Segment>) -> Ask {
        let mut generate = Generate::new(MODEL, prompt);
        generate.context = Some(CONTEXT);
        generate.adapter = Some(AdapterUse {
            id: ADAPTER,
            scale: 1.0,
        });
        Ask::Generate(Box::new(generate))
    }

    fn loaded() -> Roster {
        let mut roster = Roster::default();
        roster.prepare(1, load()).unwrap();
        let adapter = Ask::LoadAdapter(LoadAdapter {
            id: ADAPTER,
            model: MODEL,
            path: "a".into(),
        });
        roster.prepare(2, adapter).unwrap();
        for id in [1, 2] {
            assert!(roster.answered(id, &Answer::Done));
        }
        roster
    }

    fn kinds(asks: &[(RequestId, Ask)]) -> Vec<&'static str> {
        let kind = |ask: &Ask| match ask {
            Ask::Load(_) => "load",
            Ask::LoadAdapter(_) => "adapter",
            Ask::Generate(_) => "generate",
            _ => "other",
        };
        asks.iter().map(|(_, ask)| kind(ask)).collect()
    }

    #[test]
    fn a_new_worker_loads_what_is_needed_and_once() {
        let mut roster = loaded();
        let ask = || generate(vec![]);
        assert_eq!(kinds(&roster.prepare(3, ask()).unwrap()), ["generate"]);
        roster.worker_ended();
        let asks = roster.prepare(4, ask()).unwrap();
        assert_eq!(kinds(&asks), ["load", "adapter", "generate"]);
        assert!(!roster.answered(asks[0].0, &Answer::Done), "our own");
        assert_eq!(kinds(&roster.prepare(5, ask()).unwrap()), ["generate"]);
    }

    #[test]
    fn what_ended_the_worker_while_it_was_loaded_is_not_loaded_again() {
        let mut roster = Roster::default();
        roster.prepare(1, load()).unwrap();
        roster.worker_ended();
        assert_eq!(
            kinds(&roster.prepare(2, generate(vec![])).unwrap()),
            ["generate"]
        );
    }

    #[test]
    fn what_was_unloaded_or_failed_is_forgotten() {
        let mut roster = loaded();
        roster.worker_ended();
        assert_eq!(roster.prepare(3, Ask::Unload(MODEL)), Ok(vec![]));
        assert_eq!(
            kinds(&roster.prepare(4, generate(vec![])).unwrap()),
            ["generate"]
        );
        let mut roster = Roster::default();
        roster.prepare(1, load()).unwrap();
        roster.answered(1, &Answer::Failed(AiError::Aborted));
        roster.worker_ended();
        assert_eq!(
            kinds(&roster.prepare(2, generate(vec![])).unwrap()),
            ["generate"]
        );
    }

    #[test]
    fn a_lost_conversation_is_not_continued_as_if_it_were_new() {
        let mut roster = loaded();
        let goes_on = || generate(vec![Segment::Context, Segment::text("x")]);
        roster.prepare(3, goes_on()).unwrap();
        roster.worker_ended();
        let lost = Err(AiError::ContextEmpty(CONTEXT.0));
        assert_eq!(roster.prepare(4, goes_on()), lost);
        assert_eq!(roster.prepare(5, Ask::Dump(CONTEXT)), lost);
        // A prompt that says all of it begins it anew.
        roster
            .prepare(6, generate(vec![Segment::text("all")]))
            .unwrap();
        roster.prepare(7, goes_on()).unwrap();
    }
}
