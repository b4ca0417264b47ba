// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "load/model_entry.h"

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace millrace::load {

/// The loader's models by id. The id of a removed model is reused.
///
///     const EntryId id = table.add(spec, options, log, now);
///     for (const ModelEntry& entry : table) …          // free ids are skipped
///
/// Owner: LoadScheduler. Bound: the models of the catalogue, and removed ones that are still in use. Entries keep their
/// address until erase().
class ModelTable {
public:
    template <typename Iterator, typename Value>
    class Walk {
    public:
        Walk(Iterator at, Iterator end) : at_(at), end_(end) { skip(); }
        Value& operator*() const { return **at_; }
        Walk& operator++()
        {
            ++at_;
            skip();
            return *this;
        }
        bool operator==(const Walk& other) const { return at_ == other.at_; }

    private:
        void skip()
        {
            while (at_ != end_ && !*at_) ++at_;
        }
        Iterator at_, end_;
    };
    using Entries = std::vector<std::unique_ptr<ModelEntry>>;

    EntryId add(EntrySpec spec, const Options& options, LoadLog& log, TimePoint now)
    {
        EntryId id = static_cast<EntryId>(entries_.size());
        if (free_.empty()) {
            entries_.push_back(nullptr);
        } else {
            id = free_.back();
            free_.pop_back();
        }
        entries_[id] = std::make_unique<ModelEntry>(id, std::move(spec), options, log, now);
        return id;
    }
    void erase(EntryId id)
    {
        entries_[id].reset();
        free_.push_back(id);
    }

    bool knows(EntryId id) const { return id < entries_.size() && entries_[id] != nullptr; }
    /// REQUIRES: knows(id).
    ModelEntry& at(EntryId id) { return *entries_[id]; }
    const ModelEntry& at(EntryId id) const { return *entries_[id]; }
    /// One past the highest id.
    std::size_t size() const { return entries_.size(); }

    /// In the order of ids. During an iteration entries may be erased, but not added.
    auto begin() { return Walk<Entries::iterator, ModelEntry>(entries_.begin(), entries_.end()); }
    auto end() { return Walk<Entries::iterator, ModelEntry>(entries_.end(), entries_.end()); }
    auto begin() const { return Walk<Entries::const_iterator, const ModelEntry>(entries_.begin(), entries_.end()); }
    auto end() const { return Walk<Entries::const_iterator, const ModelEntry>(entries_.end(), entries_.end()); }

private:
    Entries entries_;
    std::vector<EntryId> free_;
};

}  // namespace millrace::load
