// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz.h"

#include <QDir>
#include <QFile>
#include <QtTest>

#include <map>
#include <string>

namespace {

std::map<std::string, millrace::fuzzing::Function>& targets()
{
    static std::map<std::string, millrace::fuzzing::Function> all;
    return all;
}

}  // namespace

millrace::fuzzing::Target::Target(const char* name, Function function)
{
    targets().emplace(name, function);
}

/// Every seed of tests/fuzz/corpus through its target: what a fuzzer found once stays found, with any compiler.
class TestFuzzCorpus : public QObject {
    Q_OBJECT

private:
    const QDir corpus_{QStringLiteral(MILLRACE_SOURCE_DIR "/tests/fuzz/corpus")};

private Q_SLOTS:
    void everyTargetHasSeeds()
    {
        QStringList named;
        for (const auto& [name, function] : targets()) named << QString::fromStdString(name);
        QCOMPARE(corpus_.entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name), named);
    }

    void everySeedPasses_data()
    {
        QTest::addColumn<QString>("target");
        for (const auto& [name, function] : targets()) QTest::newRow(name.c_str()) << QString::fromStdString(name);
    }
    void everySeedPasses()
    {
        QFETCH(QString, target);
        const QDir folder(corpus_.filePath(target));
        const auto seeds = folder.entryList(QDir::Files, QDir::Name);
        QVERIFY2(!seeds.isEmpty(), "a target without seeds");
        const auto function = targets().at(target.toStdString());
        function({});
        for (const auto& seed : seeds) {
            QFile file(folder.filePath(seed));
            QVERIFY(file.open(QIODevice::ReadOnly));
            const std::string bytes = file.readAll().toStdString();
            // A claim that does not hold ends the program: this line then says with which seed.
            std::fprintf(stderr, "%s/%s\n", qPrintable(target), qPrintable(seed));
            function(bytes);
        }
    }
};

QTEST_GUILESS_MAIN(TestFuzzCorpus)
#include "tst_fuzz_corpus.moc"
