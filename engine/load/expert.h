// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/sentence.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

/// The experts of the forecast: each predicts the next model from one aspect of the requests.
namespace millrace::load {

using Symbol = std::uint32_t;  ///< a model, in the predictor's numbering
inline constexpr Symbol kNoSymbol = ~0u;

/// Shares of the models in what comes next.  [models]  0 … 1, sum 1
using Distribution = std::vector<double>;

/// The requests so far, shared by the experts.
struct Sequence {
    const std::vector<std::string>* names = nullptr;  ///< by symbol
    const Distribution* shares = nullptr;             ///< recent frequency: the experts' fallback
    Symbol last = kNoSymbol;                          ///< the newest request, and those before it
    Symbol second = kNoSymbol;
    Symbol third = kNoSymbol;
    std::uint32_t run = 0;        ///< length of the run of `last`
    Symbol previous = kNoSymbol;  ///< the model of the run before
    Symbol earlier = kNoSymbol;   ///< and the run before that
    std::uint64_t client = 0;     ///< the connection that sent the newest request
    std::uint64_t program = 0;    ///< its program: all its connections
    std::string_view clientName;  ///< of `program`; valid during learn() only
    Duration gap{};               ///< between the last two requests

    std::size_t models() const { return names->size(); }
    const std::string& name(Symbol symbol) const { return (*names)[symbol]; }
    const Distribution& base() const { return *shares; }
};

class Expert {
public:
    virtual ~Expert() = default;
    virtual const char* name() const = 0;
    /// `next` came; `before` is the sequence without it, `after` with it.
    virtual void learn(Symbol next, const Sequence& before, const Sequence& after) = 0;
    /// Fills `out`, one entry per model, with the probabilities of what follows `now`.
    virtual void predict(const Sequence& now, Distribution& out) const = 0;
    /// True: its explanation names a sequence of models, which is what users want to see first.
    virtual bool tellsOrder() const { return false; }
    /// Why `symbol` may come next: "after A, B came 31 of 43 times". Empty: no explanation.
    virtual Sentence explain(const Sequence& now, Symbol symbol) const = 0;
};

/// Counts what followed a key; newer counts weigh more.
/// Bound: kRowsMax rows; when full, the least recently used half is dropped.
class FollowTable {
public:
    static constexpr std::size_t kRowsMax = 8192;
    struct Follower {
        Symbol symbol;
        float weight;
        std::uint32_t times;
    };
    struct Row {
        std::vector<Follower> followers;
        float weight = 0;
        std::uint32_t times = 0;
        std::uint64_t touched = 0;
        std::uint32_t timesOf(Symbol symbol) const;
        /// Weight of symbols that never followed: the more different ones did, the likelier is another.
        double escape() const { return 0.5 + 0.25 * static_cast<double>(followers.size()); }
    };

    /// `memory`: the largest sum of a row's weights; beyond it the older ones decay.
    explicit FollowTable(float memory) : memory_(memory) {}

    void add(std::uint64_t key, Symbol next);
    const Row* find(std::uint64_t key) const;
    std::size_t size() const { return rows_.size(); }
    /// `out`: the row's shares, mixed with more of `fallback` the fewer counts the row has. Both may be the same
    /// object.
    void blend(std::uint64_t key, const Distribution& fallback, Distribution& out) const;

private:
    float memory_;
    std::uint64_t touches_ = 0;
    std::unordered_map<std::uint64_t, Row> rows_;
};

/// A key of up to three symbols and a small number.
std::uint64_t followKey(Symbol first, Symbol second = kNoSymbol, Symbol third = kNoSymbol);
/// The same within a program.
std::uint64_t programKey(std::uint64_t program, Symbol last, Symbol previous = kNoSymbol, Symbol earlier = kNoSymbol);
/// A few models with their shares, unordered.
using SparseShares = std::vector<std::pair<Symbol, double>>;
/// Distributes `left` by the row's shares, and returns the rest, for symbols that never followed. No row: all of it.
double distributeMass(const FollowTable::Row* row, double left, SparseShares& shares);
/// "after A → B, C came next 31 of 43 times": from the row of the last two models if it has `symbol`, else from that of
/// the last one (null: no row); empty: neither has it. `where`: the program; empty: all.
Sentence cameNext(const FollowTable::Row* afterOne, const std::string& last, const FollowTable::Row* afterTwo,
                  const std::string& previous, Symbol symbol, const std::string& name, const std::string& where = {});

}  // namespace millrace::load
