// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace millrace::bench {

/// One point of a sweep over how many requests are in flight.
struct SweepPoint {
    unsigned connections = 0;
    double rps = 0;
    double p99Ms = 0;
};

/// The most requests a second of a point whose p99 is at most `p99Ms`; 0: there is none.
double frontier(std::span<const SweepPoint> points, double p99Ms);

/// 0 … count-1 in an order of chance.
std::vector<std::size_t> shuffled(std::size_t count, std::uint64_t seed);

/// A row of the table: a figure of each peer.
struct CompareRow {
    std::string key;    ///< "http.64.rps"
    std::string title;  ///< "64 connections, requests/s"
    int decimals = 0;
    bool added = false;  ///< reported as what the peer adds to the direct call of the same round
};
struct CompareTable {
    std::string title;
    std::vector<CompareRow> rows;
};

/// What was measured: for each peer and figure one value a round. Pure.
class CompareReport {
public:
    static constexpr const char* kDirect = "direct";

    CompareReport(std::vector<std::string> peers, std::string machine);

    /// A round without the value of a peer leaves it out there.
    void add(int round, const std::string& peer, const std::string& key, double value);
    /// Something that the reader must know, reported once below the tables.
    void note(std::string text);

    /// Median over the rounds; `added`: of the differences to the direct call. NaN: not measured.
    double value(const std::string& peer, const CompareRow& row) const;

    /// Markdown: a table for each of `tables` that has a value. `spread`: with the quartiles of the rounds in brackets.
    std::string text(std::span<const CompareTable> tables, bool spread = false) const;
    /// {"machine", "rounds", "peers": {NAME: {KEY: {"median", "values"}}}, "notes"}
    std::string json() const;

private:
    /// Those of the rounds that `row` has of `peer`.
    std::vector<double> valuesOf(const std::string& peer, const CompareRow& row) const;

    std::vector<std::string> peers_;
    std::string machine_;
    std::map<std::string, std::map<std::string, std::map<int, double>>> values_;  // peer, key, round
    std::vector<std::string> notes_;
    int rounds_ = 0;
};

}  // namespace millrace::bench
