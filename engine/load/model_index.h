// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "load/model_table.h"
#include "load/predictor.h"

#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace millrace::load {

/// Finds a model by its name or its number in the forecast: which backends have it, and which entries these are.
///
///     index.add(scheduler.add(spec, now));
///     const auto entry = index.find("digits", "runtime");
///     predictor.observe(index.symbolFor(*entry), …);
///
/// Pure core. Owner: LoadCore. Bound: the catalogue; numbers, Predictor::kModelsMax. `table` outlives it.
/// Only models that can be loaded get a number when they are requested: for others there is nothing to decide, and a
/// hosted catalogue of thousands would use up all numbers.
class ModelIndex {
public:
    struct Group {
        Symbol symbol = kNoSymbol;
        std::vector<EntryId> entries;
    };

    /// `predictor` is replaced when numbers are freed.
    ModelIndex(const ModelTable& table, std::unique_ptr<Predictor>& predictor) : table_(table), predictor_(predictor) {}

    void add(EntryId entry);
    /// REQUIRES: it is in the table still.
    void remove(EntryId entry);

    std::optional<EntryId> find(const ModelId& model, std::string_view backend) const;
    /// The entry for a model without a named backend: one in memory, else one that can be loaded.
    std::optional<EntryId> find(const ModelId& model) const;
    /// The entries of all backends that have it; null: unknown.
    const std::vector<EntryId>* entriesOf(const ModelId& model) const;
    /// An entry to load so that the model is in memory; empty: it is in memory or loading.
    std::optional<EntryId> coldEntry(Symbol model) const;
    const std::unordered_map<ModelId, Group>& groups() const { return groups_; }

    /// kNoSymbol: it has none.
    Symbol symbolOf(EntryId entry) const { return entry < symbols_.size() ? symbols_[entry] : kNoSymbol; }
    /// The number of a requested model, given at its first request at the latest.
    Symbol symbolFor(EntryId entry)
    {
        return symbols_[entry] != kNoSymbol || !table_.at(entry).spec.loadable ? symbols_[entry] : newSymbol(entry);
    }

private:
    Symbol newSymbol(EntryId entry);
    void renumber();

    const ModelTable& table_;
    std::unique_ptr<Predictor>& predictor_;
    std::unordered_map<ModelId, Group> groups_;
    std::vector<Symbol> symbols_;  // by entry
};

}  // namespace millrace::load
