// SPDX-License-Identifier: GPL-3.0-or-later
#include "drill.h"

using namespace drill;

/// Many models, with names as long as a hub's and alike up to their ends.
class TestDrillManyModels : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void sixtyModelsWithLongAlikeNames()
    {
        const QString stem = QString("organisation-with-a-long-name.") + QString(70, 'q') + "-instruct-128k-";
        QTemporaryDir folder;
        QList<QPair<QString, QJsonObject>> models;
        QStringList names;
        for (int i = 0; i < 60; ++i) {
            names << stem + QStringLiteral("%1").arg(i, 3, 10, QChar('0'));
            models.append({names.last(), {{"bytes", 1000000}, {"load_ms", 1}}});
        }
        // Room for a third of them: the others come and go.
        EngineProcess engine(synthetic(folder, models) +
                             sets({"loader.budget_bytes=20000000", "loader.residency_min_ms=0"}));
        QVERIFY2(engine.start(), qPrintable(engine.problem()));
        QTRY_VERIFY_WITH_TIMEOUT(engine.get("/v1/models").body.contains(names.last().toUtf8()), 20000);
        GOOD(answersAgain(engine, names.first()));
        const auto rest = nothing_left::restOf(engine);
        for (int round = 0; round < 2; ++round) {
            std::vector<RawClient> clients;
            for (const auto& name : names) {
                clients.emplace_back(engine.http());
                QVERIFY(clients.back().ask(inferPath(name), tensor(name)));
            }
            for (int i = 0; i < names.size(); ++i) {
                const auto answer = clients[static_cast<std::size_t>(i)].answer(30000);
                QVERIFY2(answer.status == 200, qPrintable(answer.describe()));
                QCOMPARE(answer.json()["model_name"].toString(), names.at(i));
            }
        }
        QJsonArray listed = engine.get("/v1/models").json()["data"].toArray();
        QCOMPARE(listed.size(), 60);
        const auto told = engine.ctl({"models", "--json"});
        QCOMPARE(told.code, 0);
        for (const auto& name : names) QVERIFY2(told.out.contains(name.toUtf8()), qPrintable(name));
        QCOMPARE(engine.ctl({"requests", "--json"}).code, 0);
        QCOMPARE(engine.ctl({"top", "--once"}).code, 0);
        NOTHING_LEFT(engine, rest);
        QCOMPARE(engine.stop(), 0);
    }

    void aCatalogueOfTwoThousand()
    {
        std::vector<std::string> catalogue;
        for (int i = 0; i < 2000; ++i) catalogue.push_back("vendor/model-of-the-catalogue-" + std::to_string(i));
        Zoo zoo(catalogue, "hosted");
        QTemporaryDir folder;
        QStringList settings{"backends[0].name=runtime", "backends[0].kind=runtime"};
        for (const auto& setting : zoo.settings(1)) settings << QString::fromStdString(setting);
        EngineProcess engine(synthetic(folder, {{"one", {}}, {"two", {}}}) + sets(settings));
        QVERIFY2(engine.start(), qPrintable(engine.problem()));
        GOOD(answersAgain(engine, "vendor/model-of-the-catalogue-1999", 20000));
        GOOD(answersAgain(engine, "one"));
        const auto rest = nothing_left::restOf(engine);
        QCOMPARE(engine.get("/v1/models").json()["data"].toArray().size(), 2002);
        for (int i = 0; i < 2000; i += 97) {
            RawClient client(engine.http());
            QVERIFY(client.ask("/v1/chat/completions",
                               chat(QString::fromStdString(catalogue[static_cast<std::size_t>(i)]), false)));
            const auto answer = client.answer(10000);
            QVERIFY2(answer.status == 200, qPrintable(answer.describe()));
        }
        // A model that comes later is found without waiting for the next list.
        catalogue.emplace_back("vendor/new");
        zoo.offer(catalogue);
        GOOD(answersAgain(engine, "vendor/new", 5000));
        // Beside the catalogue the models that are loaded are still foreseen: they follow each other.
        for (int i = 0; i < 12; ++i) {
            for (const auto* model : {"one", "two"}) {
                RawClient client(engine.http());
                QVERIFY(client.ask(inferPath(model), tensor(model)));
                QCOMPARE(client.answer(10000).status, 200);
            }
        }
        QVERIFY2(engine.metric("millrace_load_predictions_total") > 0, "nothing is predicted beside a large catalogue");
        QCOMPARE(engine.ctl({"models", "--json"}).code, 0);
        QCOMPARE(engine.ctl({"top", "--once"}).code, 0);
        QVERIFY(engine.residentBytes() < (qint64{400} << 20) + kFreedMemoryKept);
        NOTHING_LEFT(engine, rest);
        QCOMPARE(engine.stop(), 0);
    }
};

QTEST_GUILESS_MAIN(TestDrillManyModels)
#include "tst_drill_many_models.moc"
