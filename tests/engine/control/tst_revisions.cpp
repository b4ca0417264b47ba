// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/text.h"
#include "control/config_store.h"
#include "control/work_thread.h"
#include "support/full_disk.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <future>
#include <optional>
#include <random>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace millrace;
using control::ConfigStore;
using control::RevisionImpact;
using millrace::testing::FullDisk;
namespace v1 = control::v1;

namespace {

class FixedClock final : public Clock {
public:
    TimePoint now() const override { return TimePoint{} + std::chrono::milliseconds(ms); }
    std::int64_t unixMs() const override { return ms; }
    net::awaitable<void> sleepUntil(TimePoint) override { co_return; }
    std::int64_t ms = 1'800'000'000'000;
};

/// A store with the loop that owns it.
struct Fixture {
    explicit Fixture(const QString& dir) : stateDir(dir.toStdString()) {}
    ~Fixture()
    {
        if (store) onStrand([this] { store.reset(); });
    }

    Status open()
    {
        auto opened = ConfigStore::open(io.get_executor(), clock, eventLog,
                                        {stateDir, file, overrides, "engine.json", fileMissing, &health, firstStart});
        if (!opened.ok()) return opened.status();
        store = std::move(*opened);
        return absl::OkStatus();
    }
    void fileJson(const std::string& json) { file = config::parseJson(json).value(); }
    template <typename Work>
    void onStrand(Work todo)
    {
        bool done = false;
        net::post(io, [&] {
            todo();
            done = true;
        });
        while (!done) io.run_one();
    }
    StatusOr<v1::ApplyConfigReply> apply(const v1::ApplyConfigRequest& request)
    {
        std::optional<StatusOr<v1::ApplyConfigReply>> reply;
        net::post(io,
                  [&] { store->apply(request, [&](StatusOr<v1::ApplyConfigReply> got) { reply = std::move(got); }); });
        while (!reply) io.run_one();
        return std::move(*reply);
    }
    StatusOr<v1::ApplyConfigReply> rollback(std::uint64_t revision)
    {
        v1::RollbackRequest request;
        request.set_revision(revision);
        request.set_author(v1::AUTHOR_CONSOLE);
        std::optional<StatusOr<v1::ApplyConfigReply>> reply;
        net::post(
            io, [&] { store->rollback(request, [&](StatusOr<v1::ApplyConfigReply> got) { reply = std::move(got); }); });
        while (!reply) io.run_one();
        return std::move(*reply);
    }
    static v1::ApplyConfigRequest setting(const std::string& path, const std::string& value)
    {
        v1::ApplyConfigRequest request;
        (*request.mutable_set())[path] = value;
        request.set_author(v1::AUTHOR_CONSOLE);
        return request;
    }
    /// Seconds of traffic, a sample each.
    void live(int seconds, double p99, double failed = 0, double requests = 100)
    {
        for (int i = 0; i < seconds; ++i) {
            clock.ms += 1000;
            onStrand([&] {
                std::map<std::string, double> values{{"served_per_second", requests - failed},
                                                     {"failed_per_second", failed}};
                if (requests > 0) values["latency_tensor_p99_ms"] = p99;
                store->addSample(clock.ms, values);
            });
        }
    }
    /// Seconds of traffic until `done`; what the disk's thread finds out arrives in between.
    template <typename Done>
    void liveUntil(Done done)
    {
        const auto end = std::chrono::steady_clock::now() + 20s;
        while (!done()) {
            if (std::chrono::steady_clock::now() > end) qFatal("it did not come");
            live(1, 20);
            io.run_for(5ms);
        }
    }
    std::vector<std::string> kinds() const
    {
        std::vector<std::string> all;
        for (const auto& event : eventLog.after(0, 100)) all.push_back(event.kind);
        return all;
    }
    bool noted(const std::string& kind) const
    {
        const auto all = kinds();
        return std::count(all.begin(), all.end(), kind) == 1;
    }
    std::string value(const std::string& path) const { return config::get(store->current(), path).value(); }

    static v1::ApplyConfigRequest guarded(const std::string& path, const std::string& value)
    {
        auto request = setting(path, value);
        request.set_guarded(true);
        return request;
    }

    std::string stateDir;
    config::Config file;
    std::vector<config::Override> overrides;
    FixedClock clock;
    bool fileMissing = false;
    std::vector<config::Override> firstStart;
    EventLog eventLog{clock, 100};
    Registry registry;
    FileHealth health{registry, eventLog, "millrace.db"};
    net::io_context io;
    net::executor_work_guard<net::io_context::executor_type> work{io.get_executor()};
    std::unique_ptr<ConfigStore> store;
};

/// Nothing can be written below `folder`, whoever runs the test: root puts its privileges off meanwhile.
class ReadOnlyFolder {
public:
    explicit ReadOnlyFolder(const QString& folder) : folder_(folder)
    {
        permit(QFile::ReadOwner | QFile::ReadGroup | QFile::ReadOther);
        if (::geteuid() == 0) isRoot_ = ::seteuid(kNobody) == 0;
    }
    ~ReadOnlyFolder()
    {
        if (isRoot_ && ::seteuid(0) != 0) qFatal("the privileges are gone");
        permit(QFile::ReadOwner | QFile::WriteOwner);
    }
    ReadOnlyFolder(const ReadOnlyFolder&) = delete;
    ReadOnlyFolder& operator=(const ReadOnlyFolder&) = delete;

private:
    static constexpr uid_t kNobody = 65534;

    void permit(QFile::Permissions permissions) const
    {
        const auto enter = QFile::ExeOwner | QFile::ExeGroup | QFile::ExeOther;
        for (const auto& name : QDir(folder_).entryList(QDir::Files))
            QFile::setPermissions(folder_ + '/' + name, permissions);
        QFile::setPermissions(folder_, permissions | enter);
        QFile::setPermissions(QFileInfo(folder_).path(), permissions | QFile::WriteOwner | enter);
    }
    const QString folder_;
    bool isRoot_ = false;
};

}  // namespace

class TestRevisions : public QObject {
    Q_OBJECT

    /// What was stored and what the file says is in force; what would have to be stored is refused.
    static void servesWithoutStoring(Fixture& f)
    {
        QCOMPARE(f.value("batcher.size_max"), std::string("150"));
        QCOMPARE(f.value("batcher.timeout_ms"), std::string("9"));
        QVERIFY(f.noted("state_write_failed"));
        QCOMPARE(f.registry.gaugeTotal("millrace_state_writable"), 0.0);
        const auto reply = f.apply(Fixture::setting("batcher.size_max", "120"));
        QVERIFY2(!reply.ok(), "what cannot be stored is not put in force");
        QVERIFY(text(reply.status()).find("nothing was changed") == 0);
        QCOMPARE(f.value("batcher.size_max"), std::string("150"));
    }

private Q_SLOTS:
    void init()
    {
        dir_ = std::make_unique<QTemporaryDir>();
        path_ = dir_->filePath("state");
    }

    void aNewFolderBeginsWithTheFile()
    {
        Fixture f(path_);
        f.fileJson(R"({"batcher":{"size_max":300}})");
        f.overrides = {
            {"pool.http_size_max", "50", config::Override::Source::Environment, "MILLRACE_POOL_HTTP_SIZE_MAX"}};
        QVERIFY(f.open().ok());
        QCOMPARE(f.store->revision(), std::uint64_t{1});
        QCOMPARE(f.value("batcher.size_max"), std::string("300"));
        QCOMPARE(f.value("pool.http_size_max"), std::string("50"));
        const auto state = f.store->state();
        QCOMPARE(state.sources().at("batcher.size_max"), v1::VALUE_SOURCE_FILE);
        QCOMPARE(state.sources().at("pool.http_size_max"), v1::VALUE_SOURCE_ENVIRONMENT);
        QCOMPARE(state.sources().at("pool.http_size_min"), v1::VALUE_SOURCE_DEFAULT);
        QCOMPARE(state.config().batcher().size_max(), 300U);
        QVERIFY(!state.config().batcher().has_size_min());
        QCOMPARE(state.effective().batcher().size_min(), 1U);
        const auto list = f.store->list(0);
        QCOMPARE(list.revisions_size(), 1);
        QCOMPARE(list.revisions(0).author(), v1::AUTHOR_FILE);
        QCOMPARE(list.revisions(0).changes_size(), 1);  // the environment is not stored
        QVERIFY(QFile(path_).permissions() == (QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner |
                                               QFile::ReadUser | QFile::WriteUser | QFile::ExeUser));
    }

    void appliedIsInForceAndAnnounced()
    {
        Fixture f(path_);
        QVERIFY(f.open().ok());
        std::vector<std::string> heard;
        f.store->onChange([&](const config::Config& before, const config::Config& after, std::uint64_t revision) {
            heard.push_back(std::to_string(before.batcher().size_max()) + ">" +
                            std::to_string(after.batcher().size_max()) + "@" + std::to_string(revision));
        });
        const auto reply = f.apply(Fixture::setting("batcher.size_max", "150"));
        QVERIFY(reply.ok() && reply->applied());
        QCOMPARE(reply->revision(), std::uint64_t{2});
        QCOMPARE(reply->changes_size(), 1);
        QCOMPARE(reply->changes(0).path(), std::string("batcher.size_max"));
        QCOMPARE(reply->changes(0).before(), std::string("200"));
        QCOMPARE(reply->changes(0).after(), std::string("150"));
        QCOMPARE(reply->changes(0).takes_effect(), config::v1::EFFECT_NEXT_BATCH);
        QCOMPARE(heard, std::vector<std::string>{"200>150@2"});
        QCOMPARE(f.store->state().sources().at("batcher.size_max"), v1::VALUE_SOURCE_APPLIED);
        const auto events = f.eventLog.after(0, 10);
        QCOMPARE(events.size(), std::size_t{1});
        QCOMPARE(events[0].kind, std::string("config_applied"));
        QVERIFY(events[0].text.english().find("batcher.size_max 200 → 150") != std::string::npos);
    }

    void unchangedMakesNoRevision()
    {
        Fixture f(path_);
        QVERIFY(f.open().ok());
        const auto reply = f.apply(Fixture::setting("batcher.size_max", "200"));
        QVERIFY(reply.ok() && !reply->applied() && reply->problems().empty() && !reply->conflict());
        QCOMPARE(f.store->revision(), std::uint64_t{1});
        v1::ApplyConfigRequest whole;
        *whole.mutable_config() = f.store->current();
        QVERIFY(!f.apply(whole)->applied());
        QCOMPARE(f.store->revision(), std::uint64_t{1});
    }

    void problemsChangeNothing()
    {
        Fixture f(path_);
        QVERIFY(f.open().ok());
        bool heard = false;
        f.store->onChange([&](const auto&, const auto&, auto) { heard = true; });
        auto request = Fixture::setting("batcher.size_min", "0");
        (*request.mutable_set())["pool.http_size_max"] = "60";
        (*request.mutable_set())["pool.nothing"] = "1";
        (*request.mutable_set())["loader.preload"] = "perhaps";
        const auto reply = f.apply(request);
        QVERIFY(reply.ok() && !reply->applied());
        QCOMPARE(reply->problems_size(), 3);
        QCOMPARE(f.value("pool.http_size_max"), std::string("100"));
        QCOMPARE(f.store->revision(), std::uint64_t{1});
        QVERIFY(!heard);
    }

    void staleBaseIsAConflict()
    {
        Fixture f(path_);
        QVERIFY(f.open().ok());
        QVERIFY(f.apply(Fixture::setting("batcher.size_max", "150"))->applied());
        auto late = Fixture::setting("batcher.timeout_ms", "10");
        late.set_base_revision(1);
        const auto reply = f.apply(late);
        QVERIFY(reply->conflict() && !reply->applied());
        QCOMPARE(reply->revision(), std::uint64_t{2});
        late.set_base_revision(2);
        QVERIFY(f.apply(late)->applied());
    }

    void changesAtOnceAreDoneInOrder()
    {
        Fixture f(path_);
        QVERIFY(f.open().ok());
        std::vector<v1::ApplyConfigReply> replies;
        f.onStrand([&] {
            for (int i = 0; i < 3; ++i) {
                auto request = Fixture::setting("batcher.size_max", std::to_string(150 + i));
                if (i == 2) request.set_base_revision(1);  // was right when it was asked for, no longer in its turn
                f.store->apply(request, [&](StatusOr<v1::ApplyConfigReply> got) { replies.push_back(got.value()); });
            }
        });
        while (replies.size() < 3) f.io.run_one();
        QCOMPARE(replies[0].revision(), std::uint64_t{2});
        QCOMPARE(replies[1].revision(), std::uint64_t{3});
        QVERIFY(replies[2].conflict());
        QCOMPARE(f.value("batcher.size_max"), std::string("151"));
    }

    void waitingChangesAreBounded()
    {
        Fixture f(path_);
        QVERIFY(f.open().ok());
        int refused = 0;
        int answered = 0;
        f.onStrand([&] {
            for (std::size_t i = 0; i < ConfigStore::kWaitingMax + 3; ++i)
                f.store->apply(Fixture::setting("batcher.size_max", std::to_string(150 + i)),
                               [&](const StatusOr<v1::ApplyConfigReply>& got) {
                                   ++answered;
                                   if (absl::IsResourceExhausted(got.status())) ++refused;
                               });
        });
        while (answered < static_cast<int>(ConfigStore::kWaitingMax) + 3) f.io.run_one();
        QCOMPARE(refused, 2);  // one is being written, the queue is full
    }

    void dryRunOnlyTells()
    {
        Fixture f(path_);
        QVERIFY(f.open().ok());
        auto request = Fixture::setting("endpoints.http", "127.0.0.1:9999");
        request.set_dry_run(true);
        const auto reply = f.apply(request);
        QVERIFY(!reply->applied());
        QCOMPARE(reply->changes_size(), 1);
        QCOMPARE(reply->changes(0).takes_effect(), config::v1::EFFECT_RESTART);
        QCOMPARE(f.value("endpoints.http"), std::string("127.0.0.1:11500"));
    }

    void rollbackMakesANewRevision()
    {
        Fixture f(path_);
        QVERIFY(f.open().ok());
        QVERIFY(f.apply(Fixture::setting("batcher.size_max", "150"))->applied());
        QVERIFY(f.apply(Fixture::setting("pool.enabled", "off"))->applied());
        const auto reply = f.rollback(1);
        QVERIFY(reply.ok() && reply->applied());
        QCOMPARE(reply->revision(), std::uint64_t{4});
        QVERIFY(config::diff({}, f.store->current()).empty());
        QCOMPARE(f.store->list(1).revisions(0).comment(), std::string("rolled back to revision 1"));
        QVERIFY(!f.rollback(1)->applied());  // is so already
        QVERIFY(absl::IsNotFound(f.rollback(77).status()));
    }

    void appliedSurvivesRestart()
    {
        {
            Fixture f(path_);
            QVERIFY(f.open().ok());
            QVERIFY(f.apply(Fixture::setting("batcher.size_max", "150"))->applied());
        }
        Fixture f(path_);
        QVERIFY(f.open().ok());
        QCOMPARE(f.store->revision(), std::uint64_t{2});
        QCOMPARE(f.value("batcher.size_max"), std::string("150"));
        QCOMPARE(f.store->list(0).revisions(0).changes(0).after(), std::string("150"));
    }

    void appliedSurvivesAKill()
    {
        Fixture f(path_);
        QVERIFY(f.open().ok());
        QVERIFY(f.apply(Fixture::setting("batcher.size_max", "150"))->applied());
        QVERIFY(f.apply(Fixture::setting("batcher.timeout_ms", "5"))->applied());
        // The files as they lie there while the writer still runs.
        const QString copy = dir_->filePath("copy");
        QVERIFY(QDir().mkpath(copy));
        for (const char* end : {"", "-wal"})
            QVERIFY(QFile::copy(path_ + "/millrace.db" + end, copy + "/millrace.db" + end));
        Fixture after(copy);
        QVERIFY(after.open().ok());
        QCOMPARE(after.store->revision(), std::uint64_t{3});
        QCOMPARE(after.value("batcher.size_max"), std::string("150"));
        QCOMPARE(after.value("batcher.timeout_ms"), std::string("5"));
    }

    void whatWasAcknowledgedSurvivesAKillAtAnyMoment()
    {
        std::mt19937 random(7);
        std::uint64_t last = 0;
        for (int round = 0; round < 6; ++round) {
            int ends[2];
            QCOMPARE(pipe(ends), 0);
            const pid_t child = fork();
            if (child == 0) {  // a process of its own, which applies until it is killed
                Fixture f(path_);
                if (!f.open().ok()) _exit(1);
                for (std::uint64_t i = f.store->revision();; ++i) {
                    const auto reply = f.apply(Fixture::setting("batcher.size_max", std::to_string(1 + i % 199)));
                    const std::uint64_t revision = reply.ok() ? reply->revision() : 0;
                    if (write(ends[1], &revision, sizeof revision) != sizeof revision) _exit(1);
                }
            }
            ::close(ends[1]);
            std::uint64_t acknowledged = 0;
            const auto next = [&] {
                std::uint64_t revision = 0;
                const bool got = ::read(ends[0], &revision, sizeof revision) == sizeof revision;
                if (got) acknowledged = revision;
                return got;
            };
            for (auto left = 5 + random() % 20; left > 0; --left) QVERIFY(next());
            for (auto spin = random() % 200'000; spin > 0; --spin) std::atomic_signal_fence(std::memory_order_seq_cst);
            QCOMPARE(kill(child, SIGKILL), 0);
            QCOMPARE(waitpid(child, nullptr, 0), child);
            while (next()) {
            }
            ::close(ends[0]);
            QVERIFY(acknowledged > last);
            Fixture f(path_);
            QVERIFY(f.open().ok());
            QVERIFY2(f.store->revision() >= acknowledged, "an acknowledged revision is lost");
            QVERIFY(f.store->revision() <= acknowledged + 1);
            QCOMPARE(f.value("batcher.size_max"), std::to_string(1 + (f.store->revision() - 1) % 199));
            last = f.store->revision();
        }
    }

    void aChangedFileWinsOnce()
    {
        {
            Fixture f(path_);
            f.fileJson(R"({"batcher":{"size_max":300},"pool":{"http_size_max":70}})");
            QVERIFY(f.open().ok());
            QVERIFY(f.apply(Fixture::setting("batcher.size_max", "150"))->applied());
            QVERIFY(f.apply(Fixture::setting("loader.preload", "off"))->applied());
        }
        {
            Fixture f(path_);  // the same file: what was applied stays
            f.fileJson(R"({"batcher":{"size_max":300},"pool":{"http_size_max":70}})");
            QVERIFY(f.open().ok());
            QCOMPARE(f.store->revision(), std::uint64_t{3});
            QCOMPARE(f.value("batcher.size_max"), std::string("150"));
        }
        {
            Fixture f(path_);  // another one: its values win, the rest stays, what it no longer says is gone
            f.fileJson(R"({"batcher":{"size_max":400}})");
            QVERIFY(f.open().ok());
            QCOMPARE(f.store->revision(), std::uint64_t{4});
            QCOMPARE(f.store->list(1).revisions(0).author(), v1::AUTHOR_FILE);
            QCOMPARE(f.value("batcher.size_max"), std::string("400"));
            QCOMPARE(f.value("loader.preload"), std::string("false"));
            QCOMPARE(f.value("pool.http_size_max"), std::string("100"));
            QVERIFY(f.apply(Fixture::setting("batcher.size_max", "150"))->applied());
        }
        Fixture f(path_);
        f.fileJson(R"({"batcher":{"size_max":400}})");
        QVERIFY(f.open().ok());
        QCOMPARE(f.store->revision(), std::uint64_t{5});
        QCOMPARE(f.value("batcher.size_max"), std::string("150"));
    }

    void backendsOfTheFileAreTakenWhole()
    {
        {
            Fixture f(path_);
            f.fileJson(R"({"backends":[{"name":"a"},{"name":"b"}]})");
            QVERIFY(f.open().ok());
            QCOMPARE(f.store->current().backends_size(), 2);
        }
        {
            Fixture f(path_);
            f.fileJson(R"({"backends":[{"name":"c"}]})");
            QVERIFY(f.open().ok());
            QCOMPARE(f.store->current().backends_size(), 1);
            QCOMPARE(f.store->current().backends(0).name(), std::string("c"));
        }
        Fixture f(path_);
        QVERIFY(f.open().ok());
        QCOMPARE(f.store->current().backends(0).name(), std::string("runtime"));
    }

    void overridesWinAndAreNotStored()
    {
        {
            Fixture f(path_);
            f.overrides = {
                {"batcher.size_max", "128", config::Override::Source::Environment, "MILLRACE_BATCHER_SIZE_MAX"},
                {"batcher.size_max", "129", config::Override::Source::Flag, "--set batcher.size_max=129"}};
            QVERIFY(f.open().ok());
            QCOMPARE(f.value("batcher.size_max"), std::string("129"));
            QCOMPARE(f.store->state().sources().at("batcher.size_max"), v1::VALUE_SOURCE_FLAG);
            const auto refused = f.apply(Fixture::setting("batcher.size_max", "140"));
            QVERIFY(!refused->applied());
            QCOMPARE(refused->problems_size(), 2);  // once for each place that gives it
            QVERIFY(refused->problems(1).message().find("--set") != std::string::npos);
            // A console sends back the whole of what is in force, overrides included.
            v1::ApplyConfigRequest whole;
            *whole.mutable_config() = f.store->current();
            whole.mutable_config()->mutable_batcher()->set_timeout_ms(7);
            const auto reply = f.apply(whole);
            QVERIFY(reply->applied());
            QCOMPARE(reply->changes_size(), 1);
        }
        Fixture f(path_);
        QVERIFY(f.open().ok());
        QCOMPARE(f.value("batcher.size_max"), std::string("200"));
        QCOMPARE(f.value("batcher.timeout_ms"), std::string("7"));
    }

    /// An entry of a list that flags give in parts can be sent back, or come from a file, as a whole.
    void aWholeEntryBesideOverridesIsStoredWhole()
    {
        Fixture f(path_);
        f.overrides = {{"backends[0].name", "up", config::Override::Source::Flag, "--set backends[0].name=up"},
                       {"backends[0].kind", "openai", config::Override::Source::Flag, "--set backends[0].kind=openai"},
                       {"backends[0].address", "http://127.0.0.1:1", config::Override::Source::Flag,
                        "--set backends[0].address=…"}};
        QVERIFY(f.open().ok());
        QCOMPARE(f.value("backends[0].name"), std::string("up"));
        v1::ApplyConfigRequest whole;
        *whole.mutable_config() = f.store->current();
        whole.mutable_config()->mutable_batcher()->set_size_max(150);
        const auto reply = f.apply(whole);
        QVERIFY2(reply.ok() && reply->applied(), reply.ok() ? reply->ShortDebugString().c_str() : "");
        QCOMPARE(f.value("batcher.size_max"), std::string("150"));
        QCOMPARE(f.value("backends[0].name"), std::string("up"));
    }

    void startRefusesWhatIsNotValid()
    {
        Fixture f(path_);
        f.fileJson(R"({"batcher":{"size_min":0}})");
        Status status = f.open();
        QVERIFY(absl::IsInvalidArgument(status));
        QCOMPARE(fieldOf(status).value(), std::string("batcher.size_min"));
        f.file = {};
        f.overrides = {{"batcher.size_max", "0", config::Override::Source::Flag, "--set batcher.size_max=0"}};
        status = f.open();
        QVERIFY2(text(status).find("batcher.size_max must be 1 – 4096 rows, is 0") != std::string::npos,
                 text(status).c_str());
    }

    void oneEngineAFolder()
    {
        Fixture first(path_);
        QVERIFY(first.open().ok());
        Fixture second(path_);
        const Status status = second.open();
        QVERIFY(absl::IsUnavailable(status));
        QVERIFY(text(status).find("another engine") != std::string::npos);
    }

    void aDamagedDatabaseIsSetAside_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("no database") << QByteArray(8192, 'x');
        QTest::newRow("another database") << QByteArray();
    }
    void aDamagedDatabaseIsSetAside()
    {
        QFETCH(QByteArray, bytes);
        QVERIFY(QDir().mkpath(path_));
        const QString path = path_ + "/millrace.db";
        const auto damage = [&] {
            QFile::remove(path);
            if (bytes.isEmpty()) {
                SQLite::Database other(path.toStdString(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
                other.exec("CREATE TABLE other (a)");
                other.exec("PRAGMA user_version=1");
                return;
            }
            QFile file(path);
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(bytes);
        };
        for (int number = 1; number <= 2; ++number) {
            damage();
            Fixture f(path_);
            f.fileJson(R"({"limits":{"requests_max":7}})");
            QVERIFY2(f.open().ok(), "the engine serves from the configuration file");
            QCOMPARE(f.value("limits.requests_max"), std::string("7"));
            QVERIFY(f.noted("state_set_aside"));
            QVERIFY(QFile::exists(path + ".damaged-" + QString::number(number)));
            QVERIFY(f.apply(Fixture::setting("batcher.size_max", "150"))->applied());
        }
    }

    void aNewersDatabaseIsLeftAlone()
    {
        {
            Fixture f(path_);
            QVERIFY(f.open().ok());
        }
        SQLite::Database(path_.toStdString() + "/millrace.db", SQLite::OPEN_READWRITE).exec("PRAGMA user_version=99");
        Fixture f(path_);
        const Status status = f.open();
        QVERIFY(absl::IsUnavailable(status));
        QVERIFY2(text(status).find("newer version") != std::string::npos, text(status).c_str());
    }

    void aFullDiskDoesNotKeepItFromStarting()
    {
        {
            Fixture f(path_);
            QVERIFY(f.open().ok());
            QVERIFY(f.apply(Fixture::setting("batcher.size_max", "150"))->applied());
        }
        Fixture f(path_);
        f.fileJson(R"({"batcher":{"timeout_ms":9}})");  // changed meanwhile, so that there is something to write
        {
            const FullDisk full;
            QVERIFY2(f.open().ok(), "what is there is read");
            servesWithoutStoring(f);
        }
        while (!f.noted("state_write_recovered")) f.live(6, 1);
        QCOMPARE(f.registry.gaugeTotal("millrace_state_writable"), 1.0);
        QVERIFY(f.apply(Fixture::setting("batcher.size_max", "120"))->applied());
        f.onStrand([&] { f.store.reset(); });
        Fixture again(path_);
        again.fileJson(R"({"batcher":{"timeout_ms":9}})");
        QVERIFY(again.open().ok());
        QCOMPARE(again.store->revision(), std::uint64_t{4});  // what was owed was stored with it
        QCOMPARE(again.value("batcher.size_max"), std::string("120"));
        QCOMPARE(again.value("batcher.timeout_ms"), std::string("9"));
    }

    void aFirstStartOnAFullDiskServes()
    {
        Fixture f(path_);
        f.fileJson(R"({"batcher":{"timeout_ms":9}})");
        {
            const FullDisk full;
            QVERIFY(f.open().ok());
            QCOMPARE(f.value("batcher.timeout_ms"), std::string("9"));
            QVERIFY(f.noted("state_write_failed"));
            QVERIFY(!f.apply(Fixture::setting("batcher.size_max", "120")).ok());
        }
        QVERIFY(f.apply(Fixture::setting("batcher.size_max", "120"))->applied());
        QVERIFY(f.noted("state_write_recovered"));
        f.onStrand([&] { f.store.reset(); });
        Fixture again(path_);
        again.fileJson(R"({"batcher":{"timeout_ms":9}})");
        QVERIFY(again.open().ok());
        QCOMPARE(again.store->revision(), std::uint64_t{2});
        QCOMPARE(again.value("batcher.size_max"), std::string("120"));
    }

    void aReadOnlyFolderDoesNotKeepItFromStarting()
    {
        {
            Fixture f(path_);
            QVERIFY(f.open().ok());
            QVERIFY(f.apply(Fixture::setting("batcher.size_max", "150"))->applied());
        }
        {
            const ReadOnlyFolder readOnly(path_);
            QVERIFY(!QFile(path_ + "/probe").open(QIODevice::WriteOnly));
            Fixture f(path_);
            f.fileJson(R"({"batcher":{"timeout_ms":9}})");
            const Status opened = f.open();
            QVERIFY2(opened.ok(), text(opened).c_str());
            servesWithoutStoring(f);
            QVERIFY(!f.noted("state_set_aside"));
        }
        Fixture again(path_);
        again.fileJson(R"({"batcher":{"timeout_ms":9}})");
        QVERIFY(again.open().ok());
        QCOMPARE(again.value("batcher.size_max"), std::string("150"));
        QVERIFY(again.apply(Fixture::setting("batcher.size_max", "120"))->applied());
    }

    /// A folder without the right to write is like a read-only disk: it used to refuse the start.
    void aFirstStartInAFolderWithoutTheRightToWriteGoesOn()
    {
        QVERIFY(QDir().mkpath(path_));
        const ReadOnlyFolder readOnly(path_);
        Fixture f(path_);
        const Status opened = f.open();
        QVERIFY2(opened.ok(), text(opened).c_str());
        QVERIFY(f.noted("state_write_failed"));
        QVERIFY2(!f.apply(Fixture::setting("batcher.size_max", "120")).ok(), "it could not be kept");
        QVERIFY(QDir(path_).isEmpty());
    }

    void aStopThatLastsTooLongIsNotWaitedFor()
    {
        QVERIFY(QDir().mkpath(path_));
        FileLock other = FileLock::tryTake(path_.toStdString() + "/lock");
        for (const char* note : {R"({"pid":4711})", "", "[]", R"({"pid":"x","drained_ms":{}})"}) {
            other.setNote(note);
            QVERIFY2(text(Fixture(path_).open()).starts_with("another engine"), note);
        }
        other.setNote(R"({"pid":4711,"drained_ms":1})");
        const std::string words = text(Fixture(path_).open());
        QVERIFY2(words.find("the engine (pid 4711)") != std::string::npos, words.c_str());
        QVERIFY2(words.find("s ago and has not; end it") != std::string::npos, words.c_str());
    }

    void everythingIsTheOwnersAlone()
    {
        {
            Fixture f(path_);
            QVERIFY(f.open().ok());
        }
        const auto wide = QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner | QFile::ReadGroup | QFile::ExeGroup |
                          QFile::ReadOther | QFile::ExeOther;
        QVERIFY(QFile::setPermissions(path_, wide));
        for (const auto& name : QDir(path_).entryList(QDir::Files))
            QVERIFY(QFile::setPermissions(path_ + '/' + name, wide));
        const mode_t before = umask(022);
        Fixture f(path_);
        const bool opened = f.open().ok();
        umask(before);
        QVERIFY(opened);
        QVERIFY(f.apply(Fixture::setting("batcher.size_max", "120"))->applied());
        struct stat info {};
        QCOMPARE(stat(f.stateDir.c_str(), &info), 0);
        QCOMPARE(info.st_mode & 0777U, 0700U);
        int seen = 0;
        for (const auto& name : QDir(path_).entryList(QDir::Files)) {
            QCOMPARE(stat((f.stateDir + '/' + name.toStdString()).c_str(), &info), 0);
            QVERIFY2((info.st_mode & 077U) == 0, qPrintable(name));
            ++seen;
        }
        QVERIFY(seen >= 4);  // lock, database, -wal, -shm
    }

    void aFileThatIsGoneKeepsItsValues()
    {
        {
            Fixture f(path_);
            f.fileJson(R"({"limits":{"requests_max":7}})");
            QVERIFY(f.open().ok());
        }
        for (int start = 0; start < 2; ++start) {
            Fixture f(path_);
            f.fileMissing = true;
            QVERIFY(f.open().ok());
            QCOMPARE(f.value("limits.requests_max"), std::string("7"));
            QCOMPARE(f.store->revision(), std::uint64_t{1});
            QVERIFY(f.noted("config_file_missing"));
        }
        Fixture f(path_);  // one that is there and says nothing means it
        QVERIFY(f.open().ok());
        QCOMPARE(f.value("limits.requests_max"), std::string("4096"));
        QVERIFY(f.kinds().empty());
    }

    void aFirstStartWithoutAFileBeginsWithWhatWasGiven()
    {
        const auto give = [](Fixture& f) {
            f.fileMissing = true;
            f.firstStart = {config::fromFlag("loader.resident_max=5").value()};
        };
        {
            Fixture f(path_);
            give(f);
            QVERIFY(f.open().ok());
            QCOMPARE(f.value("loader.resident_max"), std::string("5"));
            QCOMPARE(f.store->revision(), std::uint64_t{1});
            QCOMPARE(f.store->list(1).revisions(0).comment(), std::string("first start, with --first-start"));
            // A setting as any other: it can be changed.
            QVERIFY(f.apply(Fixture::setting("loader.resident_max", "3"))->applied());
        }
        {
            Fixture f(path_);
            give(f);
            QVERIFY(f.open().ok());
            QCOMPARE(f.value("loader.resident_max"), std::string("3"));
        }
        Fixture f(path_);  // given once, it stays without being given
        f.fileMissing = true;
        QVERIFY(f.open().ok());
        QCOMPARE(f.value("loader.resident_max"), std::string("3"));
        QVERIFY(f.kinds().empty());
    }

    void settingsOfAFirstStartDoNotTouchAConfigurationThatIsThere_data()
    {
        QTest::addColumn<bool>("file");
        QTest::newRow("a file") << true;
        QTest::newRow("something applied before") << false;
    }
    void settingsOfAFirstStartDoNotTouchAConfigurationThatIsThere()
    {
        QFETCH(bool, file);
        if (!file) {
            Fixture f(path_);
            f.fileMissing = true;
            QVERIFY(f.open().ok());
        }
        Fixture f(path_);
        f.fileMissing = !file;
        f.firstStart = {config::fromFlag("loader.resident_max=5").value()};
        QVERIFY(f.open().ok());
        QCOMPARE(f.value("loader.resident_max"), std::string("0"));
    }

    /// Its records had authors as texts.
    void recordsOfAnOlderEngineAreRead()
    {
        {
            Fixture f(path_);
            QVERIFY(f.open().ok());
            QVERIFY(f.apply(Fixture::setting("batcher.size_max", "150"))->applied());
        }
        SQLite::Database(path_.toStdString() + "/millrace.db", SQLite::OPEN_READWRITE)
            .exec("UPDATE revisions SET record = replace(record, 'AUTHOR_CONSOLE', 'console')");
        Fixture f(path_);
        QVERIFY(f.open().ok());
        const auto revision = f.store->list(1).revisions(0);
        QCOMPARE(revision.author(), v1::AUTHOR_CONSOLE);
        QCOMPARE(revision.changes_size(), 1);
        QCOMPARE(revision.changes(0).after(), std::string("150"));
    }

    void commentsAreWashedAndBounded()
    {
        Fixture f(path_);
        QVERIFY(f.open().ok());
        auto request = Fixture::setting("batcher.size_max", "150");
        request.set_comment("\x1b[2J" + std::string(1'000'000, 'c'));
        request.set_author(static_cast<v1::Author>(4711));  // of a newer program
        QVERIFY(f.apply(request)->applied());
        const auto revision = f.store->list(1).revisions(0);
        QVERIFY(isWashed(revision.comment(), kSentenceBytesMax));
        QCOMPARE(revision.author(), v1::AUTHOR_UNSPECIFIED);
    }

    void whatTheEngineCannotDoIsRefusedBeforeItIsStored()
    {
        Fixture f(path_);
        QVERIFY(f.open().ok());
        f.store->onCheck([](const config::Config& wanted) {
            std::vector<config::FieldProblem> problems;
            if (wanted.batcher().size_max() == 150) problems.push_back({"batcher.size_max", "cannot be had here"});
            return problems;
        });
        const auto reply = f.apply(Fixture::setting("batcher.size_max", "150"));
        QVERIFY(reply.ok() && !reply->applied());
        QCOMPARE(reply->problems(0).message(), std::string("cannot be had here"));
        QCOMPARE(f.store->revision(), std::uint64_t{1});
        QVERIFY(f.apply(Fixture::setting("batcher.size_max", "151"))->applied());
    }

    void severalEntriesCanBeMadeAtOnce()
    {
        Fixture f(path_);
        QVERIFY(f.open().ok());
        auto request = Fixture::setting("backends[1].name", "one");
        for (int i = 2; i < 12; ++i)
            (*request.mutable_set())["backends[" + std::to_string(i) + "].name"] = "n" + std::to_string(i);
        const auto reply = f.apply(request);
        QVERIFY2(reply->applied(), reply->problems_size() ? reply->problems(0).message().c_str() : "");
        QCOMPARE(f.store->current().backends_size(), 12);
    }

    void singleSettingsGoOnTopOfAWholeConfiguration()
    {
        Fixture f(path_);
        QVERIFY(f.open().ok());
        QVERIFY(f.apply(Fixture::setting("batcher.size_max", "150"))->applied());
        auto request = Fixture::setting("backends[1].name", "two");
        request.mutable_config()->add_backends()->set_name("one");
        request.mutable_config()->add_backends();
        const auto reply = f.apply(request);
        QVERIFY2(reply->applied(), reply->problems_size() ? reply->problems(0).message().c_str() : "");
        QCOMPARE(f.store->current().backends_size(), 2);
        QCOMPARE(f.value("backends[1].name"), std::string("two"));
        QCOMPARE(f.value("batcher.size_max"), std::string("200"));  // the whole one does not have it
    }

    void figuresBeforeAndAfterAreKept()
    {
        {
            Fixture f(path_);
            QVERIFY(f.open().ok());
            const auto live = [&f](int seconds, double p99) {
                for (int i = 0; i < seconds; ++i) {
                    f.clock.ms += 1000;
                    f.onStrand([&] {
                        f.store->addSample(f.clock.ms,
                                           {{"latency_tensor_p99_ms", p99}, {"served_per_second", 10}, {"other", 1}});
                    });
                }
            };
            live(70, 20);
            QVERIFY(f.apply(Fixture::setting("batcher.size_max", "150"))->applied());
            live(70, 10);
            const auto revision = f.store->list(1).revisions(0);
            QCOMPARE(revision.before().at("latency_tensor_p99_ms"), 20.0);
            QCOMPARE(revision.after().at("latency_tensor_p99_ms"), 10.0);
            QVERIFY(!revision.before().contains("other"));
        }
        Fixture f(path_);
        QVERIFY(f.open().ok());
        QCOMPARE(f.store->list(1).revisions(0).after().at("latency_tensor_p99_ms"), 10.0);
    }

    void guardedTakesItselfBack_data()
    {
        QTest::addColumn<double>("p99After");
        QTest::addColumn<double>("failedAfter");
        QTest::addColumn<double>("requestsAfter");
        QTest::addColumn<QString>("how");
        QTest::addColumn<bool>("reverted");
        QTest::newRow("slower") << 40.0 << 0.0 << 100.0 << "failed" << true;
        QTest::newRow("within the noise") << 22.0 << 0.0 << 100.0 << "failed" << false;
        QTest::newRow("faster") << 5.0 << 0.0 << 100.0 << "failed" << false;
        QTest::newRow("failing") << 10.0 << 5.0 << 100.0 << "failed" << true;
        QTest::newRow("refusing") << 10.0 << 5.0 << 100.0 << "refused" << true;
        QTest::newRow("what clients ask for is gone") << 10.0 << 5.0 << 100.0 << "rejected" << true;
        QTest::newRow("nobody asks") << 0.0 << 0.0 << 0.0 << "failed" << false;
    }
    void guardedTakesItselfBack()
    {
        QFETCH(double, p99After);
        QFETCH(double, failedAfter);
        QFETCH(double, requestsAfter);
        QFETCH(QString, how);
        QFETCH(bool, reverted);
        Fixture f(path_);
        QVERIFY(f.open().ok());
        const std::string unserved = how.toStdString() + "_per_second";
        const auto live = [&](int seconds, double p99, double failed, double requests) {
            for (int i = 0; i < seconds; ++i) {
                f.clock.ms += 1000;
                f.onStrand([&] {
                    std::map<std::string, double> values{{"served_per_second", requests - failed}, {unserved, failed}};
                    if (requests > 0) values["latency_tensor_p99_ms"] = p99;
                    f.store->addSample(f.clock.ms, values);
                });
            }
        };
        live(30, 20, 0, 100);
        auto request = Fixture::setting("batcher.size_max", "150");
        request.set_guarded(true);
        QVERIFY(f.apply(request)->applied());
        live(29, p99After, failedAfter, requestsAfter);
        QCOMPARE(f.store->revision(), std::uint64_t{2});
        live(1, p99After, failedAfter, requestsAfter);
        while (reverted && f.store->revision() == 2) f.io.run_one();
        QCOMPARE(f.value("batcher.size_max"), std::string(reverted ? "200" : "150"));
        QCOMPARE(f.store->list(1).revisions(0).author(), reverted ? v1::AUTHOR_GUARD : v1::AUTHOR_CONSOLE);
        if (requestsAfter == 0) live(30, p99After, failedAfter, requestsAfter);  // longer, for there is nothing yet
        const auto events = f.eventLog.after(0, 10);
        const char* left = requestsAfter == 0 ? "config_not_judged" : "config_kept";
        QCOMPARE(events[1].kind, std::string(reverted ? "config_reverted" : left));
    }

    /// A p99 that swings by itself between 5 and 45 ms: a mean that came out higher says nothing.
    void aGuardedChangeIsNotTakenBackForNoise()
    {
        Fixture f(path_);
        QVERIFY(f.open().ok());
        const auto swing = [&f](int seconds, double high) {
            for (int i = 0; i < seconds; ++i) f.live(1, i / 5 % 2 == 0 ? 5 : high);
        };
        swing(60, 45);
        QVERIFY(f.apply(Fixture::guarded("batcher.size_max", "150"))->applied());
        swing(33, 75);  // 25 ms → about 38 ms: more than a quarter, and still chance
        QVERIFY2(f.noted("config_kept"), f.kinds().back().c_str());
        const auto revision = f.store->list(1).revisions(0);
        QCOMPARE(int(revision.outcome()), int(control::v1::GUARD_OUTCOME_KEPT));
        QVERIFY2(revision.verdict().find("normal variation") != std::string::npos, revision.verdict().c_str());
        swing(60, 75);
        QVERIFY(f.store->list(1).revisions(0).noise().at("latency_tensor_p99_ms") > 10);
    }

    /// Chance alone used to take revisions back: p99 of single seconds is so noisy that the means of two half minutes
    /// differ by a factor of two with nothing changed.
    void noiseIsNoVerdict_data()
    {
        QTest::addColumn<QList<double>>("before");  // p99 of seconds, in turn
        QTest::addColumn<QList<double>>("after");
        QTest::addColumn<double>("rate");
        QTest::addColumn<int>("kind");
        using Kind = RevisionImpact::Verdict::Kind;
        const auto row = [](const char* name, const QList<double>& before, const QList<double>& after, double rate,
                            Kind kind) { QTest::newRow(name) << before << after << rate << int(kind); };
        row("three slow seconds of thirty", {13, 14, 13.5, 14.2, 13.1},
            {13, 14, 13.5, 140, 13.2, 13.9, 14.1, 13.3, 13.7, 13}, 100, Kind::Kept);
        row("wide before, wide after", {5, 40, 8, 90, 12, 30, 7}, {7, 55, 9, 95, 14, 33, 8}, 100, Kind::Kept);
        row("slower throughout", {13, 14, 13.5, 14.2, 13.1}, {26, 27, 25, 28, 26.4}, 100, Kind::Worse);
        row("slower throughout, though wide", {5, 40, 8, 60, 12, 30, 7}, {95, 240, 88, 160, 112, 130, 97}, 100,
            Kind::Worse);
        row("sure, but too small to matter", {2.00, 2.01, 2.02}, {2.20, 2.21, 2.22}, 100, Kind::Kept);
        row("as slow as before, seconds long", {2410, 2400, 2423}, {2412, 2399, 2431}, 100, Kind::Kept);
        row("slower, but three requests in two seconds", {13, 14, 13.5}, {26, 27, 25}, 1.5, Kind::NotJudged);
    }
    void noiseIsNoVerdict()
    {
        QFETCH(QList<double>, before);
        QFETCH(QList<double>, after);
        QFETCH(double, rate);
        QFETCH(int, kind);
        RevisionImpact meter;
        std::int64_t now = 1'000'000;
        std::optional<RevisionImpact::Verdict> verdict;
        const auto live = [&](const QList<double>& seconds, int count) {
            for (int i = 0; i < count && !verdict; ++i)
                verdict = meter
                              .add(now += 1000, {{"served_per_second", rate},
                                                 {"latency_tensor_p99_ms", seconds[i % seconds.size()]}})
                              .judged;
        };
        live(before, 60);
        (void)meter.begin(2, now, true);
        live(after, 30);
        if (rate < 5) QVERIFY(!verdict && meter.progress()->requestsAfter < RevisionImpact::kRequestsNeeded);
        live(after, 30);
        QVERIFY(verdict);
        QVERIFY2(int(verdict->kind) == kind, verdict->why.english().c_str());
        // "2.41e+03 ms" stood in the console.
        QVERIFY2(verdict->why.english().find("e+") == std::string::npos, verdict->why.english().c_str());
    }

    /// "4.79e+03 ms → 1.02e+04 ms" used to be the reason.
    void reasonsAreWrittenForPeople()
    {
        RevisionImpact meter;
        std::int64_t now = 1'000'000;
        std::optional<RevisionImpact::Verdict> verdict;
        const auto live = [&](double p99, double failed, int count) {
            for (int i = 0; i < count && !verdict; ++i)
                verdict = meter
                              .add(now += 1000, {{"served_per_second", 100},
                                                 {"failed_per_second", failed},
                                                 {"latency_generation_p99_ms", p99}})
                              .judged;
        };
        live(4790, 0, 60);
        (void)meter.begin(2, now, true);
        live(10'200, 0, 60);
        QVERIFY(verdict);
        QCOMPARE(verdict->why.english(), std::string("p99 of chats and completions 4.8 s → 10 s"));
        verdict.reset();
        live(9.96, 0, 120);
        (void)meter.begin(3, now, true);
        live(0.5, 0.5, 60);
        QVERIFY(verdict);
        QCOMPARE(verdict->why.english(),
                 std::string(
                     "p99 of chats and completions 10 ms → 0.50 ms, requests failed, refused or rejected 0 % → 0.5 %"));
    }

    void fewFailuresAreNoVerdict_data()
    {
        QTest::addColumn<double>("rate");
        QTest::addColumn<int>("failures");  // in the time after
        QTest::addColumn<int>("kind");
        using Kind = RevisionImpact::Verdict::Kind;
        QTest::newRow("two of two hundred and seventy") << 10.0 << 2 << int(Kind::Kept);
        QTest::newRow("a tenth") << 10.0 << 27 << int(Kind::Worse);
        QTest::newRow("all") << 10.0 << 1000 << int(Kind::Worse);
    }
    void fewFailuresAreNoVerdict()
    {
        QFETCH(double, rate);
        QFETCH(int, failures);
        QFETCH(int, kind);
        RevisionImpact meter;
        std::int64_t now = 1'000'000;
        for (int i = 0; i < 60; ++i)
            (void)meter.add(now += 1000, {{"served_per_second", rate}, {"latency_tensor_p99_ms", 10}});
        (void)meter.begin(2, now, true);
        std::optional<RevisionImpact::Verdict> verdict;
        for (int i = 0; i < 30 && !verdict; ++i) {
            const double failed = i < 3 ? 0 : std::min<double>(failures, rate);
            failures -= int(failed);
            RevisionImpact::Values values{{"served_per_second", rate - failed}, {"failed_per_second", failed}};
            if (failed < rate) values["latency_tensor_p99_ms"] = 10;
            verdict = meter.add(now += 1000, values).judged;
        }
        QVERIFY(verdict);
        QVERIFY2(int(verdict->kind) == kind, verdict->why.english().c_str());
    }

    /// The console had nothing to show while a revision was judged.
    void theJudgingIsVisible()
    {
        Fixture f(path_);
        QVERIFY(f.open().ok());
        QCOMPARE(f.store->guard().revision(), std::uint64_t{0});
        f.live(60, 20);
        const auto began = f.clock.ms;
        QVERIFY(f.apply(Fixture::guarded("batcher.size_max", "150"))->applied());
        f.live(12, 99);
        auto guard = f.store->guard();
        QCOMPARE(guard.revision(), std::uint64_t{2});
        QCOMPARE(guard.outcome(), v1::GUARD_OUTCOME_MEASURING);
        QCOMPARE(guard.judged_ms(), began + RevisionImpact::kGuardMs);
        QCOMPARE(guard.judged_latest_ms(), began + RevisionImpact::kWindowMs);
        QCOMPARE(guard.before().at("latency_tensor_p99_ms"), 20.0);
        QCOMPARE(guard.after().at("latency_tensor_p99_ms"), 99.0);
        QVERIFY(guard.requests_after() > 0 && guard.requests_after() < guard.requests_before());
        QCOMPARE(f.store->list(1).revisions(0).outcome(), v1::GUARD_OUTCOME_MEASURING);
        f.live(18, 99);
        while (f.store->revision() == 2) f.io.run_one();
        guard = f.store->guard();
        QCOMPARE(guard.outcome(), v1::GUARD_OUTCOME_REVERTED);
        QVERIFY2(guard.reason().find("99 ms") != std::string::npos, guard.reason().c_str());
        QCOMPARE(guard.judged_ms(), f.clock.ms);
        QCOMPARE(f.store->list(2).revisions(1).outcome(), v1::GUARD_OUTCOME_REVERTED);
    }

    void aGuardedChangeIsAlwaysJudged_data()
    {
        QTest::addColumn<int>("secondsBetween");
        QTest::addColumn<double>("p99");
        QTest::addColumn<QString>("kind");
        QTest::newRow("at once") << 0 << 20.0 << "config_not_judged";
        QTest::newRow("before there are figures") << 5 << 99.0 << "config_not_judged";
        QTest::newRow("early and fine") << 15 << 20.0 << "config_kept";
        QTest::newRow("early and worse") << 15 << 99.0 << "config_not_reverted";
    }
    void aGuardedChangeIsAlwaysJudged()
    {
        QFETCH(int, secondsBetween);
        QFETCH(double, p99);
        QFETCH(QString, kind);
        Fixture f(path_);
        QVERIFY(f.open().ok());
        f.live(30, 20);
        QVERIFY(f.apply(Fixture::guarded("batcher.size_max", "150"))->applied());
        f.live(secondsBetween, p99);
        QVERIFY(f.apply(Fixture::setting("batcher.timeout_ms", "40"))->applied());
        QVERIFY2(f.noted(kind.toStdString()), f.kinds().back().c_str());
        QVERIFY(!f.store->list(2).revisions(1).verdict().empty());
        f.live(60, p99);
        QCOMPARE(f.kinds().size(), std::size_t{3});  // two applied, one verdict
        QCOMPARE(f.value("batcher.size_max"), std::string("150"));
    }

    void whatIsRefusedLeavesTheGuardedOneAlone()
    {
        Fixture f(path_);
        QVERIFY(f.open().ok());
        f.live(30, 20);
        QVERIFY(f.apply(Fixture::guarded("batcher.size_max", "150"))->applied());
        f.live(10, 99);
        QVERIFY(f.apply(Fixture::setting("batcher.size_max", "0"))->problems_size() == 1);
        QVERIFY(f.apply(Fixture::setting("batcher.size_max", "150"))->changes().empty());
        {
            const FullDisk full;
            QVERIFY(!f.apply(Fixture::setting("batcher.size_max", "120")).ok());
        }
        f.live(20, 99);
        while (f.store->revision() == 2) f.io.run_one();
        QCOMPARE(f.value("batcher.size_max"), std::string("200"));
        QVERIFY(f.noted("config_reverted"));
        QCOMPARE(int(f.store->list(2).revisions(1).outcome()), int(control::v1::GUARD_OUTCOME_REVERTED));
    }

    /// SQLite goes on writing to a file that has no name any more.
    void aRemovedFolderIsMadeAnew()
    {
        Fixture f(path_);
        QVERIFY(f.open().ok());
        QVERIFY(f.apply(Fixture::setting("batcher.size_max", "150"))->applied());
        QVERIFY(QDir(path_).removeRecursively());
        const auto refused = f.apply(Fixture::setting("batcher.size_max", "120"));
        QVERIFY2(absl::IsUnavailable(refused.status()), text(refused.status()).c_str());
        QVERIFY2(text(refused.status()).find("removed") != std::string::npos, text(refused.status()).c_str());
        QCOMPARE(f.value("batcher.size_max"), std::string("150"));
        QCOMPARE(f.registry.gaugeTotal("millrace_state_writable"), 0.0);
        f.liveUntil([&] { return f.registry.gaugeTotal("millrace_state_writable") == 1.0; });
        QVERIFY(f.noted("state_write_failed") && f.noted("state_write_recovered"));
        QVERIFY(f.apply(Fixture::setting("batcher.size_max", "120"))->applied());
        const auto before = f.store->list(0);
        // As a kill leaves it.
        const QString copy = dir_->filePath("copy");
        QVERIFY(QDir().mkpath(copy));
        for (const auto& name : {"millrace.db", "millrace.db-wal"})
            QVERIFY(QFile::copy(path_ + '/' + name, copy + '/' + name));
        Fixture next(copy);
        QVERIFY(next.open().ok());
        QCOMPARE(next.value("batcher.size_max"), std::string("120"));
        QCOMPARE(next.store->list(0).revisions_size(), before.revisions_size());
        for (int i = 0; i < before.revisions_size(); ++i)
            QCOMPARE(next.store->list(0).revisions(i).time_ms(), before.revisions(i).time_ms());
    }

    void aRemovalIsNoticedWithoutAChange()
    {
        Fixture f(path_);
        QVERIFY(f.open().ok());
        QVERIFY(QDir(path_).removeRecursively());
        f.liveUntil([&] { return f.noted("state_write_recovered"); });
        QVERIFY(QFile::exists(path_ + "/millrace.db"));
        // Nobody else may have it now, as before.
        Fixture other(path_);
        const Status second = other.open();
        QVERIFY2(text(second).find("uses the state folder") != std::string::npos, text(second).c_str());
    }

    void aFolderOfAnotherEngineIsLeftAlone()
    {
        Fixture f(path_);
        QVERIFY(f.open().ok());
        QVERIFY(QDir(path_).removeRecursively());
        Fixture other(path_);
        QVERIFY(other.open().ok());
        f.liveUntil([&] { return f.noted("state_write_failed"); });
        f.live(30, 20);
        const auto refused = f.apply(Fixture::setting("batcher.size_max", "120"));
        QVERIFY2(text(refused.status()).find("another engine") != std::string::npos, text(refused.status()).c_str());
        QVERIFY(other.apply(Fixture::setting("batcher.size_max", "130"))->applied());
        other.onStrand([&] { other.store.reset(); });
        f.live(30, 20);
        // The other one's settings are not overwritten by ours.
        QVERIFY(!f.apply(Fixture::setting("batcher.size_max", "120")).ok());
        f.onStrand([&] { f.store.reset(); });
        Fixture next(path_);
        QVERIFY(next.open().ok());
        QCOMPARE(next.value("batcher.size_max"), std::string("130"));
    }

    void aRemovedLockIsTakenAnew()
    {
        Fixture f(path_);
        QVERIFY(f.open().ok());
        QVERIFY(QFile::remove(path_ + "/lock"));
        f.liveUntil([&] { return QFile::exists(path_ + "/lock"); });
        Fixture other(path_);
        QVERIFY(!other.open().ok());
        QVERIFY(f.apply(Fixture::setting("batcher.size_max", "120"))->applied());
        QVERIFY(!f.noted("state_write_failed"));
    }

    void twoGuardedInARowAreBothJudged()
    {
        Fixture f(path_);
        QVERIFY(f.open().ok());
        f.live(30, 20);
        QVERIFY(f.apply(Fixture::guarded("batcher.size_max", "150"))->applied());
        f.live(12, 20);
        QVERIFY(f.apply(Fixture::guarded("batcher.timeout_ms", "40"))->applied());
        QVERIFY(f.noted("config_kept"));
        f.live(30, 99);
        while (f.store->revision() == 3) f.io.run_one();
        QVERIFY(f.noted("config_reverted"));
        QCOMPARE(f.value("batcher.size_max"), std::string("150"));
        QCOMPARE(f.value("batcher.timeout_ms"), std::string("50"));
    }

    void aRollbackEndsTheGuard()
    {
        Fixture f(path_);
        QVERIFY(f.open().ok());
        QVERIFY(f.apply(Fixture::guarded("batcher.size_max", "150"))->applied());
        QVERIFY(f.rollback(1)->applied());
        QVERIFY(f.noted("config_not_judged"));
    }

    void whatCannotBeTakenBackSaysSo()
    {
        Fixture f(path_);
        QVERIFY(f.open().ok());
        f.live(30, 20);
        QVERIFY(f.apply(Fixture::guarded("batcher.size_max", "150"))->applied());
        f.live(29, 99);
        {
            const FullDisk full;
            f.live(1, 99);
            while (!f.noted("config_not_reverted")) f.io.run_one();
        }
        QCOMPARE(f.value("batcher.size_max"), std::string("150"));
    }

    void anEndBeforeTheVerdictIsReported()
    {
        EventLog* told = nullptr;
        Fixture f(path_);
        told = &f.eventLog;
        QVERIFY(f.open().ok());
        QVERIFY(f.apply(Fixture::guarded("batcher.size_max", "150"))->applied());
        // As a kill leaves it: the same files, without an end.
        const QString copy = dir_->filePath("copy");
        QVERIFY(QDir().mkpath(copy));
        for (const auto& name : {"millrace.db", "millrace.db-wal"})
            QVERIFY(QFile::copy(path_ + '/' + name, copy + '/' + name));
        f.onStrand([&] { f.store.reset(); });
        QCOMPARE(told->after(0, 9).back().kind, std::string("config_not_judged"));
        for (const auto& folder : {path_, copy}) {
            Fixture next(folder);
            QVERIFY(next.open().ok());
            QCOMPARE(next.noted("config_not_judged"), folder == copy);
            QCOMPARE(int(next.store->list(1).revisions(0).outcome()), int(control::v1::GUARD_OUTCOME_NOT_JUDGED));
        }
        Fixture third(copy);
        QVERIFY(third.open().ok());
        QVERIFY2(third.kinds().empty(), "told once");
    }

    void aClockThatJumpsDoesNotEndTheMinute()
    {
        for (const std::int64_t jump : {3'600'000LL, -3'600'000LL}) {
            RevisionImpact meter;
            std::int64_t now = 10'000'000'000;
            const auto live = [&](int seconds, double p99) {
                RevisionImpact::Outcome last;
                for (int i = 0; i < seconds && !last.judged; ++i)
                    last = meter.add(now += 1000, {{"served_per_second", 10}, {"latency_tensor_p99_ms", p99}});
                return last;
            };
            (void)live(30, 10);
            (void)meter.begin(2, now, true);
            QVERIFY(!live(10, 99).judged);
            now += jump;
            QVERIFY(!live(15, 99).judged);
            const auto judged = live(6, 99).judged;
            QVERIFY(judged && judged->kind == RevisionImpact::Verdict::Kind::Worse);
        }
    }

    void theDisksQueueIsBounded()
    {
        std::promise<void> go;
        control::WorkThread disk;
        QVERIFY(disk.post([&] { go.get_future().wait(); }));
        std::size_t taken = 0;
        std::atomic<std::size_t> done{0};
        while (taken < 10'000 && disk.post([&] { ++done; })) ++taken;
        QVERIFY(taken >= control::WorkThread::kQueueMax - 1 && taken <= control::WorkThread::kQueueMax);
        go.set_value();
    }

    void aHumanChangeAfterwardsIsNotTakenBack()
    {
        RevisionImpact meter;
        std::int64_t now = 1'000'000;
        for (int i = 0; i < 30; ++i)
            (void)meter.add(now += 1000, {{"served_per_second", 10}, {"latency_tensor_p99_ms", 10}});
        (void)meter.begin(2, now, true);
        for (int i = 0; i < 20; ++i)
            (void)meter.add(now += 1000, {{"served_per_second", 10}, {"latency_tensor_p99_ms", 99}});
        const auto begun = meter.begin(3, now, false);
        QCOMPARE(begun.ended->revision, std::uint64_t{2});
        QCOMPARE(begun.ended->after.at("latency_tensor_p99_ms"), 99.0);
        for (int i = 0; i < 59; ++i) QVERIFY(!meter.add(now += 1000, {{"served_per_second", 10}}).judged);
        QCOMPARE(meter.add(now += 1000, {}).measured->revision, std::uint64_t{3});
    }

private:
    std::unique_ptr<QTemporaryDir> dir_;
    QString path_;
};

QTEST_GUILESS_MAIN(TestRevisions)
#include "tst_revisions.moc"
