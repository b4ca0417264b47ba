// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/learned_state.h"

#include "phrases.h"

#include <utility>

namespace millrace::load {

LearnedState::LearnedState(std::string path, Registry& registry, EventLog& eventLog) : eventLog_(eventLog)
{
    if (path.empty()) return;
    health_ = std::make_unique<FileHealth>(registry, eventLog, "learned.json");
    file_ = std::make_unique<StateFile>(std::move(path), [this](const Status& status) { health_->report(status); });
}

std::optional<LoadState> LearnedState::restore()
{
    if (!file_) return std::nullopt;
    StatusOr<LoadState> state = file_->read();
    if (state.ok()) return *std::move(state);
    if (absl::IsNotFound(state.status())) return std::nullopt;
    const std::string aside = file_->setAside();
    eventLog_.append(Severity::Warning, "load_state_unread", "",
                     say(aside.empty() ? Phrase::EventLearnedLost : Phrase::EventLearnedLostKept,
                         Value::quote(text(state.status())), aside));
    return std::nullopt;
}

void LearnedState::save(const LoadCore& core, TimePoint now)
{
    if (!file_ || !saveAt_ || *saveAt_ > now) return;
    saveAt_.reset();
    file_->write(core.state());
}

void LearnedState::close(const LoadCore& core)
{
    if (file_) file_->write(core.state());
    file_.reset();
}

}  // namespace millrace::load
