// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine_process.h"

#include <QFile>
#include <QFileInfo>
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

namespace {

struct Ended {
    int code = -1;
    QByteArray text;
};

Ended run(const QString& program, const QStringList& arguments)
{
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(program, arguments, QIODevice::ReadOnly);
    if (!process.waitForFinished(60000)) process.kill();
    return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1, process.readAll()};
}

QByteArray read(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

}  // namespace

class TestInstall : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        const Ended installed = run(MILLRACE_CMAKE, {"--install", MILLRACE_BUILD_DIR, "--prefix", prefix()});
        QVERIFY2(installed.code == 0, installed.text);
    }

    void programsAreOfThisVersion_data()
    {
        QTest::addColumn<QString>("program");
        for (const char* program : {"millraced", "millrace-runtime", "millracectl", "millrace-bench", "millrace"})
            QTest::newRow(program) << program;
    }
    void programsAreOfThisVersion()
    {
        QFETCH(const QString, program);
        const Ended version = run(prefix() + "/bin/" + program, {"--version"});
        QVERIFY2(version.code == 0, version.text);
        const Ended engines = run(prefix() + "/bin/millraced", {"--version"});
        QCOMPARE(version.text.trimmed().split(' ').last(), engines.text.trimmed().split(' ').last());
        QVERIFY(run(prefix() + "/bin/" + program, {"--help"}).text.size() > 200);
    }

    /// Of the sources and the build nothing is opened: they may be gone.
    void sampleModelsAnswerFromTheirNewPlace()
    {
        EngineProcess engine;
        engine.setPrograms(prefix() + "/bin");
        QVERIFY2(engine.start(), qPrintable(engine.problem()));
        const auto ask = [&] {
            return engine.post("/v1/embeddings", QJsonObject{{"model", "embed-mini"}, {"input", "a mill on a river"}});
        };
        QTRY_COMPARE_WITH_TIMEOUT(ask().status, 200, 30000);
        const QString runtime = QString::number(engine.runtimePid());
        const QString models = QFileInfo(prefix() + "/share/millrace/models").canonicalFilePath();
        QVERIFY(read("/proc/" + runtime + "/cmdline").contains(models.toUtf8()));
        const QByteArray maps = read("/proc/" + runtime + "/maps");
        QVERIFY(maps.contains((QFileInfo(prefix()).canonicalFilePath() + "/lib/millrace/millrace_torch.so").toUtf8()));
        for (const QString& pid : {runtime, QString::number(engine.pid())})
            QVERIFY(!read("/proc/" + pid + "/maps").contains(MILLRACE_BUILD_DIR));
        QCOMPARE(engine.ctl({"status"}).code, 0);
        QCOMPARE(engine.stop(), 0);
    }

    void theDesktopFindsTheConsole()
    {
        const QByteArray entry = read(prefix() + "/share/applications/millrace.desktop");
        QVERIFY(entry.contains("\nExec=millrace\n"));
        QVERIFY(QFileInfo::exists(prefix() + "/bin/millrace"));
        QVERIFY(QFileInfo::exists(prefix() + "/share/icons/hicolor/scalable/apps/millrace.svg"));
    }

    void documentsComeAlong()
    {
        QVERIFY(read(prefix() + "/share/doc/millrace/LICENSE").contains("GNU GENERAL PUBLIC LICENSE"));
        QVERIFY(!read(prefix() + "/share/doc/millrace/engine/settings.md").isEmpty());
    }

private:
    QString prefix() const { return folder_.path(); }

    QTemporaryDir folder_;
};

QTEST_GUILESS_MAIN(TestInstall)
#include "tst_install.moc"
