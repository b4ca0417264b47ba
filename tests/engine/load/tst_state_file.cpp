// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/state_file.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <mutex>
#include <sys/resource.h>
#include <sys/stat.h>
#include <vector>

using namespace millrace;
using load::LoadState;
using load::StateFile;

namespace {

/// No file of this process may grow: as a full disk, but for one process alone.
struct FullDisk {
    FullDisk()
    {
        std::signal(SIGXFSZ, SIG_IGN);
        getrlimit(RLIMIT_FSIZE, &before);
        const rlimit now{0, before.rlim_max};
        setrlimit(RLIMIT_FSIZE, &now);
    }
    ~FullDisk() { setrlimit(RLIMIT_FSIZE, &before); }
    rlimit before{};
};

struct Heard {
    void operator()(const Status& status)
    {
        const std::lock_guard lock(mutex);
        all.push_back(status.ok());
    }
    std::vector<bool> values()
    {
        const std::lock_guard lock(mutex);
        return all;
    }
    std::mutex mutex;
    std::vector<bool> all;
};

LoadState pinned(const std::string& model)
{
    LoadState state;
    state.pins = {model};
    return state;
}

}  // namespace

class TestStateFile : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aFullDiskIsReportedAndRetried()
    {
        QTemporaryDir dir;
        const std::string path = dir.filePath("learned.json").toStdString();
        Heard heard;
        StateFile file(path, [&heard](const Status& status) { heard(status); });
        file.write(pinned("before"));
        QTRY_COMPARE(heard.values(), std::vector<bool>{true});
        {
            const FullDisk full;
            file.write(pinned("after"));
            QTRY_COMPARE(heard.values().size(), std::size_t{2});
            QVERIFY(!heard.values().back());
            QCOMPARE(QDir(dir.path()).entryList(QDir::Files), QStringList{"learned.json"});  // no half a file
            QCOMPARE(file.read()->pins, std::vector<std::string>{"before"});
        }
        // By itself, without anybody writing again.
        QTRY_COMPARE_WITH_TIMEOUT(heard.values().size(), std::size_t{3}, 20'000);
        QVERIFY(heard.values().back());
        QCOMPARE(file.read()->pins, std::vector<std::string>{"after"});
    }

    void whatTheOperatorSetIsWritten()
    {
        LoadState state = pinned("r/a");
        state.policies["a"] = {std::chrono::minutes(5), false};
        state.policies["b \"quoted\""] = {std::chrono::milliseconds(0), true};
        state.policies["c"] = {std::nullopt, false};
        const auto read = load::fromJson(load::toJson(state));
        QVERIFY(read.ok());
        QVERIFY(read->policies == state.policies);
        QCOMPARE(read->pins, state.pins);
    }

    void aFileFromBeforeThereWereTimesToLiveIsRead()
    {
        const auto read = load::fromJson(R"({"version":1,"models":[],"programs":[],"log":[],"load_ms":{},)"
                                         R"("load_ms_by_kind":{},"footprint_bytes":{},"pins":["r/a"],)"
                                         R"("preload_threshold":0.25})");
        QVERIFY(read.ok());
        QCOMPARE(read->pins, std::vector<std::string>{"r/a"});
        QVERIFY(read->policies.empty());
    }

    void onlyAMissingFileIsNoState()
    {
        QTemporaryDir dir;
        QVERIFY(absl::IsNotFound(StateFile(dir.filePath("none").toStdString()).read().status()));
        const QString loop = dir.filePath("loop");
        QVERIFY(QFile::link(loop, loop));
        QVERIFY(absl::IsUnavailable(StateFile(loop.toStdString()).read().status()));
        QVERIFY(!absl::IsNotFound(StateFile(dir.path().toStdString()).read().status()));
    }

    void whatCannotBeReadIsKept()
    {
        QTemporaryDir dir;
        const QString path = dir.filePath("learned.json");
        for (int number = 1; number <= 2; ++number) {
            QFile damaged(path);
            QVERIFY(damaged.open(QIODevice::WriteOnly));
            damaged.write("{ half");
            damaged.close();
            const StateFile file(path.toStdString());
            QVERIFY(absl::IsInvalidArgument(file.read().status()));
            QCOMPARE(file.setAside(), (path + ".damaged-" + QString::number(number)).toStdString());
            QVERIFY(absl::IsNotFound(file.read().status()));
        }
    }

    void theFileIsTheOwnersAlone()
    {
        QTemporaryDir dir;
        const std::string path = dir.filePath("learned.json").toStdString();
        {
            StateFile file(path);
            file.write(pinned("m"));
        }
        QCOMPARE(chmod(path.c_str(), 0644), 0);
        StateFile file(path);
        QVERIFY(file.read().ok());
        struct stat info {};
        QCOMPARE(stat(path.c_str(), &info), 0);
        QCOMPARE(info.st_mode & 0777U, 0600U);
    }
};

QTEST_GUILESS_MAIN(TestStateFile)
#include "tst_state_file.moc"
