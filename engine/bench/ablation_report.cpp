// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/ablation_report.h"

#include "bench/markdown_table.h"
#include "load/preload_hit_rate.h"

#include <absl/strings/str_format.h>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

namespace millrace::bench {

namespace json = boost::json;

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

json::value number(double value)
{
    return std::isfinite(value) ? json::value(value) : json::value(nullptr);
}

double share(double part, double whole)
{
    return whole > 0 ? part / whole : kNone;
}

/// A figure of the table, what was asked of it, and how it is shown.
struct Asked {
    const char* name;
    const char* what;
    double limit;
    bool above;  ///< must be above the limit, else below
    double scale;
    const char* unit;
};
constexpr Asked kAsked[] = {
    {"reuse_rate", "connections reused", 0.95, true, 100, "%"},
    {"connect_p99_ms", "opening a connection, p99", 50, false, 1, "ms"},
    {"health_p99_ms", "health check, p99", 10, false, 1, "ms"},
    {"pool_overhead_mib", "memory of the pool at rest", 5, false, 1, "MiB"},
    {"batch_efficiency", "batches dispatched full or to an idle backend", 0.95, true, 100, "%"},
    {"batch_average", "requests a batch, 256 in flight on one model (100 … 150)", 100, true, 1, ""},
    {"batch_timeout_error_ms", "longest wait of 50 ms, maximum deviation", 10, false, 1, "ms"},
    {"batch_order", "answers in order", 1, true, 100, "%"},
    {"single_client_ratio", "one client, with the batcher / without, p50", 1.02, false, 1, "x"},
    {"stream_efficiency", "payload in what clients are sent", 0.95, true, 100, "%"},
    {"chunk_p99_ms", "processing a chunk, p99", 5, false, 1, "ms"},
    {"backpressure_rate", "chunks that met a pause", 0.01, false, 100, "%"},
    {"load_average_ms", "loading a model, average", 200, false, 1, "ms"},
    {"load_queue_max", "loads waiting, maximum", 5, false, 1, ""},
    {"preload_hit_rate", "loads done as preloads", 0.8, true, 100, "%"},
    {"prediction_accuracy", "next model foreseen", 0.85, true, 100, "%"},
};

/// " ± 0.004": how far a figure may be from the truth, where that was measured as well.
std::string errorOf(const AblationFigures& figures, const Asked& asked)
{
    const auto found = figures.find(std::string(asked.name) + "_error");
    return found == figures.end() ? std::string() : absl::StrFormat(" ± %.3f", median(found->second) * asked.scale);
}

const char* sign(bool met)
{
    return met ? "✓" : "✗";
}

bool met(const Asked& asked, double value)
{
    if (!std::isfinite(value)) return false;
    return asked.above ? value >= asked.limit : value <= asked.limit;
}

/// What a histogram saw between two looks: observations up to each bound, over all label sets.
std::map<double, double> grownBuckets(const MetricValues& before, const MetricValues& after, const std::string& metric)
{
    std::map<double, double> counts;
    const std::string prefix = metric + "_bucket{";
    for (auto it = after.lower_bound(prefix); it != after.end() && it->first.starts_with(prefix); ++it) {
        const auto at = it->first.find("le=\"");
        if (at == std::string::npos) continue;
        const std::string bound = it->first.substr(at + 4, it->first.find('"', at + 4) - at - 4);
        const double upper =
            bound == "+Inf" ? std::numeric_limits<double>::infinity() : std::strtod(bound.c_str(), nullptr);
        const auto earlier = before.find(it->first);
        counts[upper] += it->second - (earlier == before.end() ? 0 : earlier->second);
    }
    return counts;
}

}  // namespace

double histogramMax(const MetricValues& before, const MetricValues& after, const std::string& metric)
{
    double most = 0, below = 0;
    for (const auto& [upper, count] : grownBuckets(before, after, metric)) {
        if (count > below) most = upper;
        below = count;
    }
    return most;
}

double histogramMs(const MetricValues& before, const MetricValues& after, const std::string& metric, double share)
{
    const auto counts = grownBuckets(before, after, metric);
    if (counts.empty() || counts.rbegin()->second <= 0) return kNone;
    const double rank = share * counts.rbegin()->second;
    double lower = 0, below = 0;
    for (const auto& [upper, count] : counts) {
        if (count >= rank) {
            if (!std::isfinite(upper)) return 1000 * lower;
            return 1000 * (count > below ? lower + (upper - lower) * (rank - below) / (count - below) : upper);
        }
        lower = upper;
        below = count;
    }
    return 1000 * lower;
}

void addMixFigures(const MixResult& result, AblationFigures& figures)
{
    const auto add = [&](const char* name, double value) { figures[name].push_back(value); };
    add("reuse_rate",
        share(result.grew("millrace_pool_connections_reused_total"), result.grew("millrace_pool_acquired_total")));
    add("connect_p99_ms", histogramMs({}, result.after, "millrace_pool_create_seconds", 0.99));
    add("health_p99_ms", histogramMs({}, result.after, "millrace_pool_health_seconds", 0.99));
    add("stream_efficiency", share(static_cast<double>(result.streamPayload), static_cast<double>(result.streamWire)));
    add("chunk_p99_ms", histogramMs(result.before, result.after, "millrace_stream_chunk_seconds", 0.99));
    add("backpressure_rate",
        share(result.grew("millrace_stream_pauses_total"), result.grew("millrace_stream_chunks_sent_total")));
    const double loads = result.grew("millrace_load_seconds_count");
    add("load_average_ms", loads > 0 ? 1000 * result.grew("millrace_load_seconds_sum") / loads : kNone);
    add("load_queue_max", histogramMax(result.before, result.after, "millrace_load_queue_depth"));
    const double hits = result.grew("millrace_load_preloads_total", "verdict=\"hit\"");
    const double demand = result.grew("millrace_load_loads_total", "cause=\"demand\"");
    const double late = result.grew("millrace_load_preloads_total", "verdict=\"late\"");
    add("preload_hit_rate", load::preloadHitRate(hits, demand, late).value_or(kNone));
    add("preload_hits", hits);
    add("demand_loads", demand);
    add("preloads_wasted", result.grew("millrace_load_preloads_total", "verdict=\"wasted\""));
    const double right = result.grew("millrace_load_predictions_total", "result=\"top1\"");
    add("prediction_accuracy", share(right, result.grew("millrace_load_predictions_total")));
    const double batches = result.grew("millrace_batch_batches_total");
    const double gone = result.grew("millrace_batch_batches_total", "reason=\"full\"") +
                        result.grew("millrace_batch_batches_total", "reason=\"idle\"");
    add("batch_efficiency", share(gone, batches));
    add("batch_average_mix", share(result.grew("millrace_batch_requests_total"), batches));
    const double members = result.grew("millrace_batch_requests_total");
    add("batch_order", members > 0 ? 1 - result.grew("millrace_batch_reordered_total") / members : kNone);
}

AblationRun AblationReport::middle(const std::string& row) const
{
    const auto found = runs.find(row);
    AblationRun all;
    if (found == runs.end()) return all;
    const auto of = [&](double AblationRun::*field) {
        std::vector<double> values;
        for (const AblationRun& run : found->second) values.push_back(run.*field);
        return median(values);
    };
    all.rps = of(&AblationRun::rps);
    all.p50 = of(&AblationRun::p50);
    all.p99 = of(&AblationRun::p99);
    all.kibPerRequest = of(&AblationRun::kibPerRequest);
    all.kibPerRequestPeak = of(&AblationRun::kibPerRequestPeak);
    all.ratio = of(&AblationRun::ratio);
    for (const AblationRun& run : found->second) {
        all.requests += run.requests;
        all.failed += run.failed;
    }
    return all;
}

std::string AblationReport::workload() const
{
    return absl::StrFormat(
        "Up to %u requests in flight, closed loop. An agent calls %u models in a loop (digits-m and digits-s "
        "alternating, one row; about %u "
        "requests each in turn; %.0f %% of its steps go elsewhere); %u of them fit into memory, a load takes %u ms at "
        "least. A step begins once all answers of the one before are there. After %u steps the agent stays with its "
        "model for %u requests; during their first half an editor requests %u texts of %u tokens from scribe and "
        "disconnects after %u, and once it has these the agent goes on. All the time %.1f %% of the requests classify "
        "with digits-s, and %.1f %% embed a text with embed-mini.",
        mix.clients, mix.agentModels, mix.stepRequests, 100 * mix.strayShare, mix.places, mix.loadMs, mix.burstSteps,
        mix.stayRequests, mix.editorTexts, mix.editorTokens, mix.editorReads, 100 * mix.sorterShare,
        100 * mix.indexerShare);
}

std::string AblationReport::text() const
{
    std::string out = workload() + "\n";
    out += absl::StrFormat(
        "Seed %u; medians of %d rounds of at least %.1f s each after %.1f s, whole turns of the agent; ratios to the "
        "nearest baseline of a round. The baseline opens a connection for each request, merges nothing, holds answers "
        "whole, loads on demand.\n\n",
        mix.seed, rounds, seconds, warmupSeconds);
    out += markdown();
    const AblationRun base = middle("baseline"), full = middle("+loader");
    if (base.p99 > 0 && full.p99 > 0)
        out += absl::StrFormat(
            "\nall four: p99 %.2f of the baseline's (asked: 0.50 %s), %.1f KiB per request (asked: 45 %s)\n",
            full.p99 / base.p99, sign(full.p99 <= base.p99 / 2), full.kibPerRequest, sign(full.kibPerRequest <= 45));
    for (const auto& [reason, count] : errors) out += absl::StrFormat("failed: %u × %s\n", count, reason);
    return out;
}

std::string AblationReport::markdown() const
{
    std::string out;
    if (beside > 0)
        out += absl::StrFormat("Beside another program that used %.2f of a core (of %.2f that it wanted).\n\n",
                               besideUsed, beside);
    out += "Each alone:\n\n" + rowsTable(false) + "\nAdded one after the other:\n\n" + rowsTable(true) + "\n";
    MarkdownTable table({"figure", "measured", "asked"});
    for (const Asked& asked : kAsked) {
        const auto found = figures.find(asked.name);
        if (found == figures.end()) continue;
        const double value = median(found->second);
        const int decimals = std::string_view(asked.unit) == "x" ? 3 : 2;
        table.add({asked.what,
                   absl::StrFormat("%.*f %s%s", decimals, value * asked.scale, asked.unit, errorOf(figures, asked)),
                   absl::StrFormat("%s %g %s %s", asked.above ? "≥" : "≤", asked.limit * asked.scale, asked.unit,
                                   sign(met(asked, value)))});
    }
    return out + table.text();
}

/// The baseline, and the rows that add to each other, or those that stand alone.
std::string AblationReport::rowsTable(bool added) const
{
    MarkdownTable table({"", "requests/s", "ratio", "asked", "p50 ms", "p99 ms", "KiB per request (peak)", "failed"});
    for (const AblationRow& row : kAblationRows) {
        const std::string name = row.name;
        const bool base = name == "baseline";
        if (!runs.contains(name) || (!base && (name.front() == '+') != added)) continue;
        const AblationRun run = middle(name);
        const bool judged = std::isfinite(run.ratio);  // there was a baseline
        std::string asked = base ? "" : absl::StrFormat("%.2f", row.gainMin);
        if (!base && judged) asked += std::string(" ") + sign(run.ratio >= row.gainMin);
        table.add({name.front() == '+' ? "+ " + name.substr(1) : name, absl::StrFormat("%.0f", run.rps),
                   judged ? absl::StrFormat("%.2f ×", run.ratio) : "–", asked, absl::StrFormat("%.1f", run.p50),
                   absl::StrFormat("%.1f", run.p99),
                   absl::StrFormat("%.0f (%.0f)", run.kibPerRequest, run.kibPerRequestPeak),
                   std::to_string(run.failed)});
    }
    return table.text();
}

std::string AblationReport::json() const
{
    json::array rows;
    for (const AblationRow& row : kAblationRows) {
        if (!runs.contains(row.name)) continue;
        const AblationRun run = middle(row.name);
        json::array ratios;
        if (const auto found = runs.find(row.name); found != runs.end())
            for (const AblationRun& round : found->second) ratios.push_back(number(round.ratio));
        rows.push_back(json::object{{"name", row.name},
                                    {"rps", number(run.rps)},
                                    {"p50_ms", number(run.p50)},
                                    {"p99_ms", number(run.p99)},
                                    {"kib_per_request", number(run.kibPerRequest)},
                                    {"kib_per_request_peak", number(run.kibPerRequestPeak)},
                                    {"ratio", number(run.ratio)},
                                    {"ratio_asked", row.gainMin > 0 ? json::value(row.gainMin) : json::value(nullptr)},
                                    {"ratio_rounds", std::move(ratios)},
                                    {"requests", run.requests},
                                    {"failed", run.failed}});
    }
    json::object medians;
    for (const auto& [name, values] : figures) medians[name] = number(median(values));
    json::object reasons;
    for (const auto& [reason, count] : errors) reasons[reason] = count;
    return json::serialize(json::object{{"rows", std::move(rows)},
                                        {"figures", std::move(medians)},
                                        {"errors", std::move(reasons)},
                                        {"workload", workload()},
                                        {"quick", quick},
                                        {"rounds", rounds},
                                        {"seconds", seconds},
                                        {"warmup_seconds", warmupSeconds},
                                        {"beside_cores", number(beside)},
                                        {"beside_cores_used", number(besideUsed)},
                                        {"seed", mix.seed}}) +
           "\n";
}

}  // namespace millrace::bench
