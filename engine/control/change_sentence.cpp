// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/change_sentence.h"

#include "control/author.h"
#include "phrases.h"

#include <string>

namespace millrace::control {

Sentence changeSentence(const v1::Revision& revision)
{
    Sentence words = revision.author() == v1::AUTHOR_UNSPECIFIED
                         ? say(Phrase::RevisionApplied, revision.revision())
                         : say(Phrase::RevisionAppliedBy, revision.revision(), authorWord(revision.author()));
    if (!revision.comment().empty()) words = say(Phrase::WithReason, words, Value::quote(revision.comment()));
    constexpr int kNamed = 4;
    Sentence changes;
    for (int i = 0; i < revision.changes_size() && i < kNamed; ++i) {
        const auto& change = revision.changes(i);
        const auto shown = [](const std::string& value) { return value.empty() ? std::string("–") : value; };
        const Sentence next = say(Phrase::RevisionChange, change.path(), shown(change.before()), shown(change.after()));
        changes = changes.empty() ? next : say(Phrase::List, changes, next);
    }
    if (revision.changes_size() > kNamed)
        changes = say(Phrase::RevisionMore, changes, revision.changes_size() - kNamed);
    if (!changes.empty()) words = say(Phrase::RevisionChanges, words, changes);
    return words;
}

}  // namespace millrace::control
