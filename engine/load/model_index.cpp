// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/model_index.h"

#include <algorithm>

namespace millrace::load {

void ModelIndex::add(EntryId entry)
{
    const EntrySpec& spec = table_.at(entry).spec;
    if (entry >= symbols_.size()) symbols_.resize(entry + 1, kNoSymbol);
    Group& group = groups_[spec.model];
    if (group.entries.empty()) group.symbol = predictor_->find(spec.model).value_or(kNoSymbol);
    // Known from its listing on while numbers abound: that there are others is worth knowing, too.
    if (group.symbol == kNoSymbol && spec.loadable && predictor_->models() < Predictor::kListedMax)
        group.symbol = predictor_->symbol(spec.model);
    group.entries.push_back(entry);
    symbols_[entry] = group.symbol;
}

void ModelIndex::remove(EntryId entry)
{
    const auto found = groups_.find(table_.at(entry).spec.model);
    std::erase(found->second.entries, entry);
    if (found->second.entries.empty()) groups_.erase(found);
}

std::optional<EntryId> ModelIndex::find(const ModelId& model, std::string_view backend) const
{
    const auto found = groups_.find(model);
    if (found == groups_.end()) return std::nullopt;
    for (EntryId entry : found->second.entries)
        if (table_.at(entry).spec.backend == backend) return entry;
    return std::nullopt;
}

std::optional<EntryId> ModelIndex::find(const ModelId& model) const
{
    const auto found = groups_.find(model);
    if (found == groups_.end()) return std::nullopt;
    std::optional<EntryId> best;
    const auto rank = [&](EntryId id) {
        const ModelEntry& entry = table_.at(id);
        if (!entry.spec.loadable) return 0;
        switch (entry.state) {
            case ModelState::Warm:
                return 5;
            case ModelState::Loading:
                return 4;
            case ModelState::Queued:
                return 3;
            case ModelState::Failed:
                return 1;
            default:
                return 2;
        }
    };
    for (EntryId entry : found->second.entries)
        if (!best || rank(entry) > rank(*best)) best = entry;
    return best;
}

const std::vector<EntryId>* ModelIndex::entriesOf(const ModelId& model) const
{
    const auto found = groups_.find(model);
    return found == groups_.end() ? nullptr : &found->second.entries;
}

std::optional<EntryId> ModelIndex::coldEntry(Symbol model) const
{
    const auto* entries = entriesOf(predictor_->name(model));
    if (!entries) return std::nullopt;
    std::optional<EntryId> cold;
    for (EntryId entry : *entries) {
        const ModelState state = table_.at(entry).state;
        if (state == ModelState::Warm || state == ModelState::Loading || state == ModelState::Queued)
            return std::nullopt;
        if (state == ModelState::Cold || (state == ModelState::Failed && !cold)) cold = entry;
    }
    return cold;
}

Symbol ModelIndex::newSymbol(EntryId id)
{
    const ModelId model = table_.at(id).spec.model;
    if (predictor_->full() && !predictor_->find(model)) renumber();
    const auto group = groups_.find(model);
    if (group == groups_.end()) return kNoSymbol;  // gone, and still in use
    group->second.symbol = predictor_->symbol(model);
    for (EntryId entry : group->second.entries) symbols_[entry] = group->second.symbol;
    return symbols_[id];
}

/// Gives numbers back: those of models that are gone or were not requested lately.
void ModelIndex::renumber()
{
    const auto loadable = [&](const std::string& model) {
        const auto* entries = entriesOf(model);
        return entries && std::any_of(entries->begin(), entries->end(),
                                      [&](EntryId entry) { return table_.at(entry).spec.loadable; });
    };
    predictor_ = predictor_->compacted(loadable);
    std::fill(symbols_.begin(), symbols_.end(), kNoSymbol);
    for (auto& [model, group] : groups_) {
        group.symbol = predictor_->find(model).value_or(kNoSymbol);
        for (EntryId entry : group.entries) symbols_[entry] = group.symbol;
    }
}

}  // namespace millrace::load
