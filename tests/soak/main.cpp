// SPDX-License-Identifier: GPL-3.0-or-later
#include "drill.h"
#include "traffic.h"

#include <QCoreApplication>
#include <QElapsedTimer>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <random>

using namespace drill;
using std::chrono::milliseconds;

namespace {

struct Sample {
    double s = 0;
    double engineMb = 0, runtimeMb = 0;
    double inFlight = 0, descriptors = 0;
};

double median(std::vector<double> values)
{
    if (values.empty()) return 0;
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
    return values[values.size() / 2];
}

double medianBetween(const std::vector<Sample>& samples, double from, double to, double Sample::*what)
{
    std::vector<double> values;
    for (const auto& sample : samples)
        if (sample.s >= from && sample.s <= to && sample.*what > 0) values.push_back(sample.*what);
    return median(std::move(values));
}

/// Breaks something every few seconds, and writes down what and for whom.
class Injector {
public:
    Injector(EngineProcess& engine, Zoo& moody, soak::Faults& faults) : engine_(engine), moody_(moody), faults_(faults)
    {}

    void turn(double seconds)
    {
        if (open_ && seconds >= endsAt_) {
            mend();
            open_.reset();
        }
        if (!open_ && seconds >= nextAt_) {
            nextAt_ = seconds + 12;
            endsAt_ = seconds + 3;
            hurt();
        }
        if (seconds >= nextKill_) {
            nextKill_ = seconds + 240;
            const auto runtime = engine_.runtimePid();
            if (runtime > 0) {
                const auto fault = faults_.begin("runtime", "runtime killed");
                ::kill(static_cast<pid_t>(runtime), SIGKILL);
                faults_.end(fault, milliseconds(20000));
            }
        }
        if (seconds >= nextConfig_) {
            nextConfig_ = seconds + 7;
            changeConfiguration();
        }
    }
    void finish()
    {
        if (open_) mend();
        open_.reset();
    }
    int configurations() const { return configurations_; }
    const QStringList& refused() const { return refused_; }

private:
    void hurt()
    {
        static const std::vector<Zoo::Manner> kManners{
            Zoo::Manner::Status,    Zoo::Manner::Silent,   Zoo::Manner::SilentMiddle, Zoo::Manner::ClosesAt,
            Zoo::Manner::ResetsAt,  Zoo::Manner::StallsAt, Zoo::Manner::Loading,      Zoo::Manner::NotUtf8,
            Zoo::Manner::LongError, Zoo::Manner::Garbage,  Zoo::Manner::HugeHead,     Zoo::Manner::ClosesIdle,
            Zoo::Manner::OddStatus, Zoo::Manner::NoContent};
        const auto choice = random_() % (kManners.size() + 2);
        if (choice >= kManners.size()) {
            open_ = faults_.begin("moody", "backend gone");
            dead_ = true;
            moody_.die();
            return;
        }
        Zoo::Traits traits;
        traits.manner = kManners[choice];
        traits.count = traits.manner == Zoo::Manner::ClosesIdle ? 1 : random_() % 300;
        open_ = faults_.begin("moody", Zoo::nameOf(traits.manner));
        moody_.become(traits);
    }
    void mend()
    {
        if (dead_) moody_.revive();
        dead_ = false;
        moody_.become(Zoo::Manner::Right);
        // What was asked before may take its whole deadline; the ejected backend waits for its probe.
        faults_.end(*open_, milliseconds(8000));
    }
    void changeConfiguration()
    {
        static const char* const kChanges[] = {"batcher.size_max=%1", "pool.http_size_max=%1", "limits.queue_max=%1",
                                               "streamer.chunk_bytes=6%1%1", "batcher.timeout_ms=%1"};
        const auto assignment =
            QString(kChanges[static_cast<std::size_t>(configurations_) % 5]).arg(20 + configurations_ % 70);
        const auto ended = engine_.ctl({"config", "set", assignment});
        ++configurations_;
        if (ended.code != 0) refused_ << assignment + ": " + QString::fromUtf8(ended.err.left(200));
    }

    EngineProcess& engine_;
    Zoo& moody_;
    soak::Faults& faults_;
    std::mt19937 random_{7};
    std::optional<std::size_t> open_;
    bool dead_ = false;
    double nextAt_ = 5, endsAt_ = 0, nextKill_ = 20, nextConfig_ = 3;
    int configurations_ = 0;
    QStringList refused_;
};

}  // namespace

/// millrace_soak SECONDS: prints what happened and ends with 0 when all of it was as it should be.
int main(int argc, char** argv)
{
    const QCoreApplication application(argc, argv);
    const double seconds = argc > 1 ? std::atof(argv[1]) : 30;
    if (!(seconds >= 10 && seconds <= 24 * 3600)) {
        std::fprintf(stderr, "millrace_soak: seconds from 10 to 86400\n");
        return 2;
    }
    constexpr double kSettledS = 300;  // until then memory may grow

    QTemporaryDir folder;
    Zoo steady({"steady"}, "steady"), moody({"moody"}, "moody"), endless({"endless"}, "endless");
    Zoo::Traits traits;
    traits.manner = Zoo::Manner::Endless;
    traits.gap = milliseconds(1);
    endless.become(traits);
    QStringList settings{
        "backends[0].name=runtime",    "backends[0].kind=runtime",     "limits.request_timeout_ms=6000",
        "limits.body_timeout_ms=2000", "pool.health_interval_ms=1000", "pool.health_timeout_ms=1000",
        "pool.breaker_open_ms=500",    "loader.budget_bytes=2500000",  "loader.failed_backoff_ms=100"};
    int index = 1;
    for (const auto* zoo : {&steady, &moody, &endless}) {
        for (const auto& setting : zoo->settings(index)) settings << QString::fromStdString(setting);
        ++index;
    }
    // Room for two of the three: models come and go all the time.
    EngineProcess engine(synthetic(folder, {{"one", {}}, {"two", {}}, {"three", {}}, {"text", {{"bytes", 100000}}}}) +
                         sets(settings));
    if (!engine.start()) {
        std::fprintf(stderr, "%s\n", qPrintable(engine.problem()));
        return 1;
    }
    for (const auto* model : {"steady", "moody", "one", "text"}) {
        const auto problem = answersAgain(engine, model);
        if (!problem.isEmpty()) {
            std::fprintf(stderr, "%s\n", qPrintable(problem));
            return 1;
        }
    }
    const auto rest = nothing_left::restOf(engine);

    soak::Faults faults;
    soak::Traffic traffic(engine.http(), engine.grpc(), faults);
    Injector injector(engine, moody, faults);
    std::vector<Sample> samples;
    QElapsedTimer clock;
    clock.start();
    traffic.start();
    double nextSample = 0, nextLine = 0;
    while (engine.running()) {
        const double now = static_cast<double>(clock.elapsed()) / 1000;
        if (now >= seconds) break;
        injector.turn(now);
        if (now >= nextSample) {
            nextSample = now + (seconds > 120 ? 5 : 1);
            Sample sample;
            sample.s = now;
            sample.engineMb = static_cast<double>(engine.residentBytes()) / 1048576;
            sample.runtimeMb = static_cast<double>(EngineProcess::residentBytes(engine.runtimePid())) / 1048576;
            sample.descriptors = engine.descriptors();
            samples.push_back(sample);
            if (now >= nextLine) {
                nextLine = now + std::max(10.0, seconds / 20);
                std::printf("%6.0f s  engine %6.1f MB  runtime %6.1f MB  %4.0f descriptors\n", now, sample.engineMb,
                            sample.runtimeMb, sample.descriptors);
                std::fflush(stdout);
            }
        }
        QTest::qWait(50);
    }
    injector.finish();
    traffic.stop();

    int problems = 0;
    const auto wrong = [&problems](const QString& what) {
        ++problems;
        std::printf("WRONG %s\n", qPrintable(what));
    };
    if (!engine.running()) wrong("the engine has ended: " + engine.log().right(2000));

    std::uint64_t asked = 0;
    for (const auto& [kind, tally] : traffic.tallies()) {
        asked += tally.asked;
        std::printf("%-22s %8llu asked %8llu good %6llu excused %6llu left by the client %4llu wrong\n", kind.c_str(),
                    static_cast<unsigned long long>(tally.asked), static_cast<unsigned long long>(tally.good),
                    static_cast<unsigned long long>(tally.excused), static_cast<unsigned long long>(tally.left),
                    static_cast<unsigned long long>(tally.wrong));
        if (tally.wrong > 0)
            wrong(QStringLiteral("%1: %2 answers that nothing excuses")
                      .arg(QString::fromStdString(kind))
                      .arg(tally.wrong));
        // Excuses are for faults, not for being mostly out of order.
        if (tally.good + tally.left == 0) wrong(QString::fromStdString(kind) + ": nothing was served");
    }
    for (const auto& answer : traffic.wrong()) std::printf("      %s\n", qPrintable(answer));
    for (const auto& [what, count] : faults.counts()) std::printf("fault %-24s %4d times\n", what.c_str(), count);
    std::printf("%d configurations applied, %lld refused\n", injector.configurations(),
                static_cast<long long>(injector.refused().size()));
    for (const auto& refused : injector.refused()) wrong("configuration " + refused);

    if (engine.running()) {
        const auto left = nothing_left::leftover(engine, rest, 30000);
        if (!left.isEmpty()) wrong("left over: " + left);
        const auto metrics = nothing_left::metrics(engine);
        const auto offered = nothing_left::sum(metrics, "millrace_requests_offered_total");
        double outcomes = 0;
        for (const auto* outcome : {"ok", "failed", "cancelled", "refused", "rejected"}) {
            const auto count =
                nothing_left::sum(metrics, "millrace_requests_total", QStringLiteral("outcome=\"%1\"").arg(outcome));
            std::printf("outcome %-10s %10.0f\n", outcome, count);
            outcomes += count;
        }
        std::printf("offered            %10.0f of %llu that clients sent\n", offered,
                    static_cast<unsigned long long>(asked));
        if (offered != outcomes) wrong(QStringLiteral("%1 offered, %2 ended").arg(offered).arg(outcomes));
        const auto code = engine.stop(20000);
        if (code != 0) wrong(QStringLiteral("the engine ended with %1").arg(code));
        if (engine.log().contains("Sanitizer")) wrong("a sanitizer spoke: " + engine.log().right(4000));
    }
    if (seconds > kSettledS + 240) {
        for (const auto& [name, what] :
             {std::pair("engine", &Sample::engineMb), std::pair("runtime", &Sample::runtimeMb)}) {
            const double before = medianBetween(samples, kSettledS, kSettledS + 120, what);
            const double after = medianBetween(samples, seconds - 120, seconds, what);
            const double growth = before > 0 ? after / before - 1 : 0;
            std::printf("%s: %.1f MB after five minutes, %.1f MB at the end (%+.1f %%)\n", name, before, after,
                        growth * 100);
            if (growth > 0.05) wrong(QStringLiteral("the memory of the %1 grows").arg(name));
        }
    }
    std::printf("%s\n", problems == 0 ? "ok" : "FAIL");
    return problems == 0 ? 0 : 1;
}
