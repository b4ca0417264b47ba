// SPDX-License-Identifier: GPL-3.0-or-later
#include "drill.h"

#include <QDir>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

using namespace drill;

namespace {

/// A small disk of its own, where the machine lets us have one.
class SmallDisk {
public:
    explicit SmallDisk(const QString& at) : at_(at)
    {
        QDir().mkpath(at);
        mounted_ = ::mount("tmpfs", at.toUtf8().constData(), "tmpfs", 0, "size=1500k,mode=0700") == 0;
        if (!mounted_) why_ = QString::fromUtf8(std::strerror(errno));
    }
    ~SmallDisk()
    {
        if (mounted_) ::umount2(at_.toUtf8().constData(), MNT_DETACH);
    }
    bool mounted() const { return mounted_; }
    QString why() const { return why_; }
    void fill() const
    {
        QFile file(at_ + "/ballast");
        if (!file.open(QIODevice::Append | QIODevice::Unbuffered)) return;
        const QByteArray block(4096, 'x');
        while (file.write(block) == block.size()) {
        }
    }
    void free() const { QFile::remove(at_ + "/ballast"); }
    bool readOnly(bool wanted) const
    {
        return ::mount("tmpfs", at_.toUtf8().constData(), "tmpfs", MS_REMOUNT | (wanted ? MS_RDONLY : 0),
                       "size=1500k") == 0;
    }

private:
    QString at_, why_;
    bool mounted_ = false;
};

}  // namespace

/// The disk below the state is full, or may not be written: requests go on, somebody is told, and nothing is thrown
/// away.
///
/// Needs a disk of its own (tmpfs, as root). Where that cannot be, a limit on the size of files does the same to writes
/// that grow one; what then cannot be tried fails loudly, so that nobody takes it for tried.
class TestDrillDisk : public QObject {
    Q_OBJECT

private:
    QTemporaryDir folder_;

    QStringList arguments() const { return synthetic(folder_, {{"one", {}}}) + sets({"telemetry.history=true"}); }
    static QString served(EngineProcess& engine)
    {
        for (int i = 0; i < 10; ++i) {
            RawClient client(engine.http());
            client.ask(inferPath("one"), tensor("one"));
            const auto answer = client.answer(10000);
            if (answer.status != 200) return answer.describe();
        }
        return {};
    }
    /// A problem of the disk is among the events.
    static bool isTold(EngineProcess& engine)
    {
        const auto events = engine.ctl({"events", "--json"}).out.toLower();
        return events.contains("disk") || events.contains("history_") || events.contains("state_") ||
               events.contains("not_written");
    }

private Q_SLOTS:
    void theDiskFillsWhileItRuns()
    {
        SmallDisk disk(folder_.filePath("full"));
        if (!disk.mounted() && ::geteuid() == 0) qWarning("no tmpfs here: %s", qPrintable(disk.why()));
        EngineProcess engine(arguments());
        engine.setStateDir(folder_.filePath("full"));
        if (!disk.mounted()) {
            engine.setChildModifier([] {
                std::signal(SIGXFSZ, SIG_IGN);
                const rlimit limit{1u << 20, 1u << 20};
                ::setrlimit(RLIMIT_FSIZE, &limit);
            });
        }
        QVERIFY2(engine.start(), qPrintable(engine.problem()));
        GOOD(answersAgain(engine, "one"));
        QCOMPARE(engine.ctl({"config", "set", "batcher.size_max=70"}).code, 0);
        const auto rest = nothing_left::restOf(engine);
        if (disk.mounted()) {
            disk.fill();
            GOOD(served(engine));
            // Refused, or done: never said to be done and lost.
            const auto set = engine.ctl({"config", "set", "batcher.size_max=71"});
            QTRY_VERIFY_WITH_TIMEOUT(isTold(engine), 30000);
            GOOD(served(engine));
            const auto now = engine.ctl({"config", "get", "batcher.size_max"}).out;
            QVERIFY2(now.contains(set.code == 0 ? "71" : "70"), now.constData());
            engine.kill();
            QVERIFY2(engine.start(), qPrintable("no start on a full disk: " + engine.problem()));
            QVERIFY(engine.ctl({"config", "get", "batcher.size_max"}).out.contains(set.code == 0 ? "71" : "70"));
            GOOD(answersAgain(engine, "one"));
            disk.free();
            QTRY_COMPARE_WITH_TIMEOUT(engine.ctl({"config", "set", "batcher.size_max=72"}).code, 0, 20000);
        }
        GOOD(served(engine));
        NOTHING_LEFT(engine, rest);
        QCOMPARE(engine.stop(), 0);
    }

    void theDiskIsReadOnly()
    {
        SmallDisk disk(folder_.filePath("read-only"));
        QVERIFY2(disk.mounted() || ::geteuid() != 0, qPrintable("as root, a tmpfs is needed for this: " + disk.why()));
        EngineProcess engine(arguments());
        engine.setStateDir(folder_.filePath("read-only"));
        QVERIFY2(engine.start(), qPrintable(engine.problem()));
        QCOMPARE(engine.ctl({"config", "set", "batcher.size_max=70"}).code, 0);
        QCOMPARE(engine.stop(), 0);
        if (disk.mounted())
            QVERIFY(disk.readOnly(true));
        else
            QFile::setPermissions(folder_.filePath("read-only"), QFile::ReadOwner | QFile::ExeOwner);
        QVERIFY2(engine.start(), qPrintable("no start on a read-only disk: " + engine.problem()));
        GOOD(answersAgain(engine, "one"));
        const auto rest = nothing_left::restOf(engine);
        QVERIFY(engine.ctl({"config", "get", "batcher.size_max"}).out.contains("70"));
        QTRY_VERIFY_WITH_TIMEOUT(isTold(engine), 30000);
        GOOD(served(engine));
        NOTHING_LEFT(engine, rest);
        QCOMPARE(engine.stop(), 0);
        if (disk.mounted())
            QVERIFY(disk.readOnly(false));
        else
            QFile::setPermissions(folder_.filePath("read-only"),
                                  QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        QVERIFY2(engine.start(), qPrintable(engine.problem()));
        QVERIFY(engine.ctl({"config", "get", "batcher.size_max"}).out.contains("70"));
        QCOMPARE(engine.stop(), 0);
    }

    /// What is on the disk is not what was written: it is put aside, told, and the engine serves.
    void damagedStateIsPutAsideNotThrownAway()
    {
        EngineProcess engine(arguments());
        engine.setStateDir(folder_.filePath("damaged"));
        QDir().mkpath(engine.stateDir());
        QVERIFY2(engine.start(), qPrintable(engine.problem()));
        GOOD(answersAgain(engine, "one"));
        QCOMPARE(engine.stop(), 0);
        for (const auto* name : {"history.db", "learned.json"}) {
            QFile file(engine.stateDir() + "/" + name);
            if (!file.exists()) continue;
            QVERIFY(file.open(QIODevice::ReadWrite));
            file.seek(0);
            file.write(QByteArray(512, '\xA5'));
            file.close();
        }
        QVERIFY2(engine.start(), qPrintable(engine.problem()));
        GOOD(answersAgain(engine, "one"));
        QVERIFY(!QDir(engine.stateDir()).entryList({"*damaged*"}, QDir::Files).isEmpty());
        const auto rest = nothing_left::restOf(engine);
        GOOD(served(engine));
        NOTHING_LEFT(engine, rest);
        QCOMPARE(engine.stop(), 0);
    }
};

QTEST_GUILESS_MAIN(TestDrillDisk)
#include "tst_drill_disk.moc"
