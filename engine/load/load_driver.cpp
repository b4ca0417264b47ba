// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/load_driver.h"

#include <utility>
#include <variant>
#include <vector>

namespace millrace::load {

LoadDriver::LoadDriver(const Strand& strand, Clock& clock, Registry& registry, EventLog& eventLog,
                       const Options& options, std::string stateFile)
    : strand_(strand),
      clock_(clock),
      core_(options),
      reports_(registry, eventLog),
      waiters_(strand),
      calls_(strand),
      learned_(std::move(stateFile), registry, eventLog),
      timer_(strand, clock, [this] { onExpired(); })
{
    reports_.setBudget(options.budgetBytes);
    if (const auto state = learned_.restore()) core_.restore(*state);
}

void LoadDriver::apply(const Options& options)
{
    reports_.setBudget(options.budgetBytes);
    core_.apply(options, now());
    settle();
}

void LoadDriver::setCatalogue(const std::vector<EntrySpec>& models, const Backends& backends)
{
    for (const auto& [name, backend] : backends) {
        auto& known = backends_[name];
        // Another one of the same name: what the one before had in memory went with it.
        if (known && known != backend) core_.scheduler().backendDown(name, now());
        known = backend;
    }
    core_.setCatalogue(models, now());
    settle();
    // Kept no longer than somebody uses a model of it: it holds its pools.
    std::erase_if(backends_, [&](const auto& entry) {
        return !backends.contains(entry.first) && !core_.scheduler().knows(entry.first);
    });
}

void LoadDriver::leave()
{
    stopped_ = true;
    timer_.stop();
    learned_.close(core_);
}

/// Effects make effects: a loop, not a recursion.
void LoadDriver::settle()
{
    if (settling_) return;
    settling_ = true;
    for (;;) {
        std::vector<Effect> effects = core_.takeEffects();
        if (effects.empty()) {
            core_.considerPreload(now());
            if (!core_.scheduler().hasEffects()) break;
            continue;
        }
        for (Effect& effect : effects) std::visit([this](auto& what) { perform(what); }, effect);
    }
    settling_ = false;
    reports_.measure(core_.scheduler());
    arm();
}

// ---- what comes back

void LoadDriver::takeBack(EntryId entry)
{
    reports_.returned();
    if (stopped_) return;  // nothing is unloaded any more for the sake of order
    core_.release(entry, now());
    settleIfNeeded();
    // Its time to live begins now, and nothing else may happen before it ends.
    if (!core_.scheduler().known(entry)) return;
    if (const auto end = core_.scheduler().at(entry).idleEnd()) timer_.at(*end);
}

void LoadDriver::loadEnded(EntryId entry, LoadId load, const Status& status, std::uint64_t bytes)
{
    core_.scheduler().loadEnded(entry, load, status, bytes, now());
    settle();
}

void LoadDriver::unloadEnded(EntryId entry, UnloadId unload, const Status& status)
{
    core_.scheduler().unloadEnded(entry, unload, status, now());
    settle();
}

// ---- what the core wants done

/// Null: it is not configured any more.
std::shared_ptr<backend::Backend> LoadDriver::backendOf(const ModelEntry& entry) const
{
    const auto found = backends_.find(entry.spec.backend);
    return found == backends_.end() ? nullptr : found->second;
}

/// Null: it is not known any more.
const std::string* LoadDriver::nameOf(EntryId entry) const
{
    return core_.scheduler().known(entry) ? &core_.scheduler().at(entry).spec.model : nullptr;
}

void LoadDriver::perform(StartLoad& start)
{
    const ModelEntry& entry = core_.scheduler().at(start.entry);
    calls_.load(start, backendOf(entry), entry.spec.model, entry.priority, shared_from_this());
}

void LoadDriver::perform(StartUnload& start)
{
    const ModelEntry& entry = core_.scheduler().at(start.entry);
    calls_.unload(start, backendOf(entry), entry.spec.model, shared_from_this());
}

void LoadDriver::perform(LoadEnded& ended)
{
    const std::string* model = nameOf(ended.entry);
    reports_.report(ended, model);
    if (model && ended.outcome == LoadOutcome::Ok) learned_.decided(now());
}

void LoadDriver::perform(Judged& judged)
{
    reports_.report(judged);
    const ModelEntry& entry = core_.scheduler().at(judged.entry);
    if (entry.state != ModelState::Loading || judged.verdict != Verdict::Late) return;
    if (const auto backend = backendOf(entry)) backend->expediteLoad(entry.spec.model);
}

// ---- time

void LoadDriver::arm()
{
    if (stopped_) return;
    if (const auto wake = core_.scheduler().wakeAt()) timer_.at(*wake);
    if (const auto save = learned_.saveAt()) timer_.at(*save);
}

void LoadDriver::onExpired()
{
    const auto self = weak_from_this().lock();
    if (!self || stopped_) return;
    learned_.save(core_, now());
    core_.scheduler().tick(now());
    settle();
}

}  // namespace millrace::load
