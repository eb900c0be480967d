"""What well-known runs did: cited facts, which no small experiment can judge."""

from __future__ import annotations

from .rule import Rule

# fmt: off
FACTS: tuple[Rule, ...] = (
    Rule(
        id="H051", name="GPT-3's schedule", topic="known runs",
        question="What schedule did GPT-3 use?",
        claim="GPT-3 warmed up over 375 million tokens, followed a cosine to 10 % of the peak over "
        "260 billion tokens, and stayed there for the rest of 300 billion.",
        action="Cite it as a cosine that ends before the run does, at a tenth of the peak, with a "
        "warmup of about an eighth of one per cent of the tokens.",
        value="A documented anchor for the cosine to 10 %, peaks and batch sizes of eight model "
        "sizes included.",
        tradeoff="It compares no other schedule, so it is no evidence that this one is best.",
        reasoning="Appendix B of the paper states it. Whether 10 % is too high an end is judged "
        "in a related rule.",
        not_when="As evidence for a choice: it says what was done.",
        conditions="Language models of 125 million to 175 billion parameters, Adam.",
        sources=("brown-2020",),
        situations=("pre-training", "reading papers"),
        related=("H008", "H009", "H030"),
    ),
    Rule(
        id="H052", name="Llama 3's schedule", topic="known runs",
        question="What schedule did Llama 3 405B use?",
        claim="Llama 3 405B warmed up over 8,000 steps to a peak of 8e-5 and followed a cosine to "
        "8e-7 over 1,200,000 steps.",
        action="Cite it as a cosine to 1 % of the peak, with a warmup of 0.7 % of the steps.",
        value="A large model that ends at a hundredth of the peak, and not at the tenth that "
        "GPT-3 and Chinchilla used. The last 40 million tokens were annealed linearly to 0.",
        tradeoff="The batch grew twice on the way, from 4 to 8 and 16 million tokens, so that the "
        "rate alone does not tell the noise.",
        reasoning="Section 3.4.1 of the paper states it; the final annealing is in section 3.4.3, "
        "which was read as quoted elsewhere.",
        not_when="As evidence that a cosine is best: no other schedule is compared.",
        conditions="A language model of 405 billion parameters, AdamW.",
        sources=("llama-3",),
        situations=("pre-training", "reading papers"),
        related=("H008", "H030"),
    ),
    Rule(
        id="H053", name="DeepSeek LLM's steps", topic="known runs",
        question="Does a well-known language model use step decay?",
        claim="DeepSeek LLM kept its peak rate for 80 % of the tokens, 31.6 % of it up to 90 %, "
        "and 10 % of it to the end, after a warmup of 2,000 steps.",
        action="Cite it as step decay in a modern run: two drops, both in the last fifth.",
        value="The authors find its final performance essentially consistent with that of a "
        "cosine. Until the first drop the run does not depend on its length.",
        tradeoff="Other proportions of the three phases were slightly better, the authors say.",
        reasoning="Section 2.3 of the paper states the schedule and compares it with a cosine in "
        "a figure. 31.6 % is the square root of 10 %.",
        not_when="As evidence for drops in the middle of a run: both of these come late.",
        conditions="Language models of 7 and 67 billion parameters, AdamW, 2 trillion tokens.",
        sources=("deepseek-llm",),
        situations=("choosing a schedule", "pre-training", "reading papers"),
        related=("H010", "H017", "H019"),
    ),
    Rule(
        id="H054", name="DeepSeek-V3's schedule", topic="known runs",
        question="What schedule did DeepSeek-V3 use?",
        claim="DeepSeek-V3 warmed up over 2,000 steps, kept 2.2e-4 up to 10 trillion tokens, "
        "followed a cosine to 2.2e-5 over 4.3 trillion, and ended with 333 billion tokens at "
        "2.2e-5 and 167 billion at 7.3e-6.",
        action="Cite it as a trapezoid with a long curved decay: about two thirds constant, then "
        "a cosine to a tenth, then a last drop to a thirtieth of the peak.",
        value="One schedule that holds three ideas at once: a constant phase, a cosine, and a "
        "final step.",
        tradeoff="The batch grew from 3,072 to 15,360 sequences over the first 469 billion "
        "tokens, which lowers the noise as a decay does.",
        reasoning="Section 4.2 of the report states it.",
        not_when="As evidence for any of the parts: none was left out for comparison.",
        conditions="A mixture-of-experts language model, AdamW, 14.8 trillion tokens.",
        sources=("deepseek-v3",),
        situations=("pre-training", "reading papers"),
        related=("H014", "H039"),
    ),
    Rule(
        id="H055", name="BERT's schedule", topic="known runs",
        question="What schedule did BERT use?",
        claim="BERT warmed up over the first 10,000 of 1,000,000 steps to 1e-4 and decayed "
        "linearly, to 0 in the released code.",
        action="Cite it as linear decay to 0 with a warmup of 1 %.",
        value="A documented anchor for linear decay to 0 in pre-training.",
        tradeoff="No comparison with another schedule is given.",
        reasoning="The paper's appendix on pre-training states warmup and linear decay; that the "
        "line ends at 0 is in optimization.py.",
        not_when="As evidence that GPT models decay linearly too: GPT-1 and GPT-3 used a cosine "
        "in pre-training.",
        conditions="Masked language models, base and large, Adam with weight decay, 256 sequences "
        "of 512 tokens.",
        sources=("bert", "radford-2018", "brown-2020"),
        situations=("pre-training", "fine-tuning", "reading papers"),
        related=("H007", "H030"),
    ),
    Rule(
        id="H056", name="nanochat's schedule", topic="known runs",
        question="What is the number called lrm in a log of nanochat?",
        claim="nanochat logs a multiplier of its learning rates: it rises to 1 over 40 steps, "
        "stays there, and falls linearly over the last 65 % of the run to 0.05.",
        action="Read `lrm` as a share of each group's peak rate. Do not take it for a learning "
        "rate.",
        value="Given the length of the run, a logged pair of step and multiplier can be checked "
        "against the formula.",
        tradeoff="These are defaults of 2026, as read; they may change with the next version.",
        reasoning="scripts/base_train.py sets a warmup of 40 steps, a warmdown ratio of 0.65 and "
        "a final fraction of 0.05, and prints the multiplier with two decimals. The horizon comes "
        "from the size of the model.",
        not_when="The log is of nanoGPT, which prints no rate on the console, and whose default "
        "is a cosine to a tenth.",
        conditions="A small language model, Muon and AdamW.",
        sources=("nanochat", "nanogpt"),
        situations=("during a run", "pre-training", "reading papers"),
        symptoms=("the horizon changed",),
        related=("H006", "H014"),
    ),
    Rule(
        id="H057", name="Chinchilla's cosine cycle", topic="known runs",
        question="Where does the advice come from to match the cosine to the run?",
        claim="Hoffmann et al. tried cosine cycles of 1, 1.1, 1.25, 1.5, 2 and 5 times the run "
        "and found clear drops in performance where the number of steps was overestimated by more "
        "than 25 %.",
        action="Cite appendix B and its figure for matching the cosine's length to the run.",
        value="A comparison by experiment, not a report of one run.",
        tradeoff="A run whose length is matched cannot simply be extended.",
        reasoning="Appendix B states it. A footnote adds that a decay to a tenth was slightly "
        "more performant than one to 0, by a small difference, and one to a fifth clearly worse; "
        "later work prefers lower ends.",
        not_when="The schedule is a trapezoid, whose constant part has no length to match.",
        conditions="Language models, AdamW, cosine decay by a factor of 10.",
        sources=("hoffmann-2022",),
        situations=("choosing a schedule", "pre-training", "reading papers"),
        symptoms=("the horizon changed",),
        related=("H008", "H009"),
    ),
    Rule(
        id="H058", name="MiniCPM's decay", topic="known runs",
        question="How long a decay did the authors of WSD use?",
        claim="Hu et al. found a decay over 10 % of the tokens sufficient and one over 2.5 % too "
        "short, in models of 36 million parameters.",
        action="Cite it for a short decay in small models; measure again before you rely on 10 % "
        "elsewhere.",
        value="The paper that gave warmup, stable and decay their common name, WSD.",
        tradeoff="The exponential decay is printed in a form that would grow, and its rate "
        "belongs to a parametrisation that scales it: copy neither without thought.",
        reasoning="The experiments are in sections 4.1 to 4.3, read as quoted elsewhere; section "
        "6.2, which was read, gives the run of the released model: a peak of 0.01, batches of "
        "3.93 million tokens, about a trillion tokens in the stable phase, then an annealing with "
        "T = 5,000 steps.",
        not_when="As a number for all sizes: it was found at 36 million parameters.",
        conditions="Language models of 36 million parameters, 40 to 80 tokens a parameter.",
        sources=("hu-2024",),
        situations=("choosing a schedule", "pre-training", "reading papers"),
        related=("H014", "H015", "H019"),
    ),
    Rule(
        id="H059", name="GPT-2's schedule", topic="known runs",
        question="Did GPT-2 use a cosine?",
        claim="The paper on GPT-2 states no schedule, warmup or optimizer: it says that the "
        "learning rate of each model was manually tuned on a held-out sample.",
        action="Do not cite GPT-2 as evidence for a cosine. Cite GPT-1 (a cosine to 0) or GPT-3 "
        "(a cosine to 10 %).",
        value="It closes a common wrong citation.",
        tradeoff="That nothing is stated does not say what was done.",
        reasoning="Section 3 of the paper was read for it. GPT-1 states a warmup of 2,000 updates "
        "and a cosine to 0 in pre-training; GPT-3 states its cosine in appendix B.",
        not_when="The question is what reproductions of GPT-2 do: nanoGPT uses a cosine to a "
        "tenth.",
        conditions="A language model of 1.5 billion parameters.",
        sources=("radford-2019", "radford-2018", "brown-2020", "nanogpt"),
        situations=("reading papers",),
        related=("H051",),
    ),
    Rule(
        id="H060", name="The tuning playbook's advice", topic="known runs",
        question="What does the Deep Learning Tuning Playbook say about schedules?",
        claim="Its authors call the best family of schedules an open problem, are confident that "
        "some schedule that is not constant matters, and prefer linear or cosine decay as a "
        "default.",
        action="Start from linear or cosine decay and tune its peak. Do not copy a schedule that "
        "was drawn by hand for another model.",
        value="Advice of people who have tuned many models, with its reasons.",
        tradeoff="It is advice from experience: the playbook contains few experiments.",
        reasoning="Complicated schedules in papers often come from watching the validation error "
        "and stepping in; the authors call those brittle and hard to reproduce. For a longer run "
        "they advise, as a speculation, to spend the extra steps at a high rate: with linear decay "
        "to keep its length and extend the constant phase, with a cosine to keep the peak and "
        "stretch the decay.",
        not_when="You need evidence for one family over another: it offers none.",
        conditions="Version 1.0 of the playbook.",
        sources=("playbook",),
        situations=("choosing a schedule", "tuning the peak rate"),
        symptoms=("no budget to tune",),
        related=("H007", "H011", "H019"),
    ),
    Rule(
        id="H061", name="Kaplan's \"mostly irrelevant\"", topic="known runs",
        question="Is the choice of the schedule mostly irrelevant?",
        claim="Kaplan et al. found the schedule mostly irrelevant as long as the total summed "
        "rate is large enough and there are a warmup and a final decay to near 0; their "
        "run-to-run variation was 0.05 in the loss.",
        action="Quote it with its conditions: it does not say that decay is irrelevant, and it "
        "could not see differences below 0.05.",
        value="It names what all good schedules share: a large sum, a warmup and a low end.",
        tradeoff="A difference of 0.05 is large: schedules that matter in practice can differ by "
        "less.",
        reasoning="Appendix D.6 and the caption of figure 22 state both. In these experiments "
        "the rates were not decayed to 0, since a decay to 0 tends to give a fixed improvement "
        "close to the end.",
        not_when="You compare schedules closely: use more seeds, or exact models.",
        conditions="A language model of 3 million parameters.",
        sources=("kaplan-2020",),
        situations=("choosing a schedule", "reading papers"),
        symptoms=("results differ between seeds",),
        related=("H011", "H026", "H048"),
    ),
    Rule(
        id="H062", name="T5's inverse square root", topic="known runs",
        question="Why did T5 use an inverse square root?",
        claim="T5 was pre-trained with a rate of 1 over the root of the step, constant at 0.01 "
        "for the first 10,000 of 524,288 steps, though its authors found a triangular rate "
        "slightly better.",
        action="Cite it as a schedule without a horizon, chosen for that.",
        value="The run could be stopped or extended at any step. The rate ends at 14 % of its "
        "peak.",
        tradeoff="The authors name it themselves: a triangular rate gave slightly better results "
        "but needs the number of steps ahead of time.",
        reasoning="Section 3.1.2 of the paper states it, with AdaFactor and batches of 128 "
        "sequences of 512 tokens.",
        not_when="The length of the run is known: then end with a decay.",
        conditions="Text-to-text models of about 220 million parameters, AdaFactor.",
        sources=("raffel-2019",),
        situations=("choosing a schedule", "extending a run", "reading papers"),
        symptoms=("the horizon changed",),
        related=("H013", "H019"),
    ),
    Rule(
        id="H063", name="Cooldown before WSD", topic="known runs",
        question="Who used a constant rate with a cooldown before WSD?",
        claim="Zhai et al. trained vision transformers with a constant or inverse-square-root "
        "rate and a final linear cooldown, and still preferred a linear decay where the duration "
        "is known.",
        action="Cite it for the cooldown, and for linear decay as the choice of a run whose "
        "length is fixed.",
        value="A comparison: all three alternatives came reasonably close to linear decay, and "
        "with a cooldown one run can give models of several lengths.",
        tradeoff="The authors say that linear is preferable if one does not intend to train any "
        "longer. Cyclic rates, tried briefly, seemed much worse.",
        reasoning="Section 3.5 of the paper states it. They chose the inverse square root with a "
        "cooldown.",
        not_when="As evidence on language models: these classify images.",
        conditions="Vision transformers, a modified AdaFactor.",
        sources=("zhai-2021",),
        situations=("choosing a schedule", "extending a run", "reading papers"),
        related=("H007", "H014", "H033"),
    ),
)
# fmt: on
