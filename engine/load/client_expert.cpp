// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/client_expert.h"

#include "phrases.h"

#include <algorithm>
#include <cmath>

namespace millrace::load {

ClientExpert::ClientExpert(double halfLife) : growth_(std::exp2(1 / halfLife)) {}

void ClientExpert::contribute(const Client& client, double sign)
{
    for (const auto& [symbol, share] : client.next) {
        if (symbol >= sum_.size()) sum_.resize(symbol + 1);
        sum_[symbol] += sign * client.weight * share;
    }
    total_ += sign * client.weight;
}

void ClientExpert::expect(Client& client, std::uint64_t program)
{
    client.next.clear();
    double left = distributeMass(two_.find(programKey(program, client.last, client.second)), 1, client.next);
    left = distributeMass(one_.find(programKey(program, client.last)), left, client.next);
    distributeMass(any_.find(program), left, client.next);
}

void ClientExpert::learn(Symbol next, const Sequence& before, const Sequence& after)
{
    constexpr double rate = 0.02;
    if (before.last != kNoSymbol) same_ += rate * ((before.client == after.client ? 1.0 : 0.0) - same_);
    auto place = clients_.find(after.client);
    if (place == clients_.end()) {
        if (clients_.size() >= kClientsMax) {
            const auto least = std::min_element(clients_.begin(), clients_.end(), [](const auto& a, const auto& b) {
                return a.second.weight < b.second.weight;
            });
            contribute(least->second, -1);
            clients_.erase(least);
        }
        place = clients_.emplace(after.client, Client{}).first;
        place->second.name = after.clientName;
    }
    Client& client = place->second;
    contribute(client, -1);
    any_.add(after.program, next);
    if (client.last != kNoSymbol) {
        one_.add(programKey(after.program, client.last), next);
        two_.add(programKey(after.program, client.last, client.second), next);
    }
    client.second = client.last;
    client.last = next;
    client.weight += increment_;
    increment_ *= growth_;
    expect(client, after.program);
    contribute(client, +1);
    if (increment_ > 1e9) rebase();
}

/// Smaller numbers again, and sums without what rounding left in them.
void ClientExpert::rebase()
{
    std::fill(sum_.begin(), sum_.end(), 0);
    total_ = 0;
    for (auto& [id, client] : clients_) {
        client.weight /= increment_;
        contribute(client, +1);
    }
    increment_ = 1;
}

void ClientExpert::predict(const Sequence& now, Distribution& out) const
{
    out = now.base();
    const auto place = clients_.find(now.client);
    if (place == clients_.end()) return;
    // The same client again, as often as that happens; else one of the others, by how active they are, or somebody of
    // whom nothing is known, with about one request's weight.
    const Client& last = place->second;
    const double scale = (1 - same_) / (std::max(total_ - last.weight, 0.0) + increment_);
    Distribution& shares = shares_;
    shares.assign(out.size(), 0);
    for (std::size_t symbol = 0; symbol < std::min(shares.size(), sum_.size()); ++symbol)
        shares[symbol] = std::max(sum_[symbol], 0.0) * scale;
    for (const auto& [symbol, share] : last.next)
        if (symbol < shares.size())
            shares[symbol] = std::max(shares[symbol] - last.weight * share * scale, 0.0) + same_ * share;
    double known = 0;
    for (double share : shares) known += share;
    const double rest = std::max(0.0, 1 - known);
    const double whole = known + rest;
    for (std::size_t symbol = 0; symbol < out.size(); ++symbol)
        out[symbol] = (out[symbol] * rest + shares[symbol]) / whole;
}

Sentence ClientExpert::explain(const Sequence& now, Symbol symbol) const
{
    const Client* most = nullptr;
    double share = 0, part = 0;
    for (const auto& [id, client] : clients_) {
        for (const auto& [next, probability] : client.next) {
            if (next != symbol || client.weight * probability <= part) continue;
            most = &client;
            share = probability;
            part = client.weight * probability;
        }
    }
    if (!most || most->last == kNoSymbol || most->last >= now.models()) return {};
    const Value cases = Value::share(share);
    if (most->name.empty()) return say(Phrase::NextAClientContinues, now.name(most->last), now.name(symbol), cases);
    return say(Phrase::NextClientContinues, most->name, now.name(most->last), now.name(symbol), cases);
}

}  // namespace millrace::load
