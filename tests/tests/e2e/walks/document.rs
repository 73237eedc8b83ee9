//! The blocks of a walk, with the lines that they stand in.

/// A walk.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) steps: Vec<Step>,
    /// What is shown in Rust, by line.
    pub(super) programs: Vec<(usize, String)>,
}

/// What is typed, and what it answers.
#[derive(Debug, PartialEq)]
pub(super) struct Step {
    pub(super) line: usize,
    pub(super) commands: String,
    pub(super) answer: Option<Answer>,
}

#[derive(Debug, PartialEq)]
pub(super) struct Answer {
    /// Of the block's first line.
    pub(super) line: usize,
    pub(super) language: Language,
    pub(super) text: String,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Language {
    Json,
    Text,
}

impl Document {
    pub(super) fn parse(text: &str) -> Self {
        let mut document = Self::default();
        let mut lines = text.lines().zip(1..);
        // Whether nothing but blank lines has come since the last commands.
        let mut fresh = false;
        while let Some((line, number)) = lines.next() {
            let Some(language) = line.strip_prefix("```") else {
                fresh &= line.is_empty();
                continue;
            };
            let block: String = lines
                .by_ref()
                .map(|(line, _)| line)
                .take_while(|line| *line != "```")
                .flat_map(|line| [line, "\n"])
                .collect();
            let answer = |language| Answer {
                line: number + 1,
                language,
                text: block.clone(),
            };
            let answered = fresh.then(|| document.steps.last_mut()).flatten();
            match (language, answered) {
                ("json", Some(step)) => step.answer = Some(answer(Language::Json)),
                ("text", Some(step)) => step.answer = Some(answer(Language::Text)),
                ("rust", _) => document.programs.push((number + 1, block)),
                ("sh", _) => document.steps.push(Step {
                    line: number + 1,
                    commands: block,
                    answer: None,
                }),
                _ => {}
            }
            fresh = language == "sh";
        }
        document
    }
}

#[test]
fn an_answer_belongs_to_the_commands_right_before_it() {
    let text = "```sh\na\n```\n\n```json\n1\n```\n\n```sh\nb\n```\nwords\n```text\nc\n```\n";
    let steps = Document::parse(text).steps;
    let answer = Answer {
        line: 6,
        language: Language::Json,
        text: "1\n".to_owned(),
    };
    let step = |line, commands: &str, answer| Step {
        line,
        commands: commands.to_owned(),
        answer,
    };
    assert_eq!(steps, [step(2, "a\n", Some(answer)), step(10, "b\n", None)]);
}
