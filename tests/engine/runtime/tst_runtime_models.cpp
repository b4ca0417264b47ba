// SPDX-License-Identifier: GPL-3.0-or-later
// The shipped models, loaded by libtorch as the server loads them.
#include "runtime/loader.h"
#include "runtime/model_config.h"
#include "runtime/repository.h"

#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

using namespace millrace;
using namespace millrace::runtime;

namespace {

const std::filesystem::path kModels = MILLRACE_SOURCE_DIR "/resources/models";

QString said(const Status& status)
{
    return QString::fromStdString(text(status));
}

std::string readFile(const std::filesystem::path& file)
{
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// The digits of fonts that no model has learned from: a grey picture, 20 digits a row, labels in its comment.
struct Sheet {
    std::vector<float> pixels;
    std::vector<int> labels;
};
Sheet readSheet()
{
    QFile file(MILLRACE_SOURCE_DIR "/tests/engine/runtime/data/digits-held-out.pgm");
    if (!file.open(QIODevice::ReadOnly)) qFatal("no sheet of digits");
    file.readLine();
    const QByteArray labels = file.readLine().mid(2).trimmed();
    const QList<QByteArray> size = file.readLine().trimmed().split(' ');
    file.readLine();
    const int width = size[0].toInt();
    const int columns = width / 28;
    const QByteArray grey = file.readAll();
    Sheet sheet;
    for (int digit = 0; digit < labels.size(); ++digit) {
        sheet.labels.push_back(labels[digit] - '0');
        for (int y = 0; y < 28; ++y)
            for (int x = 0; x < 28; ++x) {
                const int at = (digit / columns * 28 + y) * width + digit % columns * 28 + x;
                sheet.pixels.push_back(static_cast<float>(static_cast<unsigned char>(grey[at])) / 255.0F);
            }
    }
    return sheet;
}

double nearness(const std::vector<float>& a, const std::vector<float>& b)
{
    double sum = 0.0;
    for (std::size_t at = 0; at < a.size(); ++at) sum += static_cast<double>(a[at]) * static_cast<double>(b[at]);
    return sum;
}

/// Sentences of six topics; no two of a topic share a telling word with each other by more than chance.
struct Said {
    const char* topic;
    const char* words;
};
constexpr Said kSentences[] = {{"food", "Simmer the onions in butter and add a pinch of salt"},
                               {"food", "She baked bread and served it with cheese and soup"},
                               {"food", "A stew of beans, garlic and roasted meat for dinner"},
                               {"food", "Pour the sauce over cooked vegetables and rice"},
                               {"sky", "The planet circles its star once in forty days"},
                               {"sky", "Astronomers pointed the telescope at a distant galaxy"},
                               {"sky", "A comet crossed the orbit of Jupiter and the Sun"},
                               {"sky", "The moon and bright stars in the night sky"},
                               {"law", "The judge sentenced the defendant in court"},
                               {"law", "A lawyer filed the lawsuit against the company"},
                               {"law", "The jury found him guilty of a crime"},
                               {"law", "Parliament passed a statute, and the legal right was granted"},
                               {"sea", "The captain steered the ship into the harbor"},
                               {"sea", "Sailors lowered the mast and rowed the boat ashore"},
                               {"sea", "A vessel with cargo sailed across the ocean"},
                               {"sea", "The anchor held while waves beat against the hull"},
                               {"medicine", "The doctor prescribed a drug against the infection"},
                               {"medicine", "Patients with the disease had fever and pain"},
                               {"medicine", "A surgeon removed the tumor in the hospital"},
                               {"medicine", "The nurse treated the wound after the operation"},
                               {"music", "The orchestra played a symphony by a great composer"},
                               {"music", "He sang the melody while she played the violin"},
                               {"music", "A pianist and a drummer performed at the concert"},
                               {"music", "The song has a slow rhythm and a high note"}};

}  // namespace

class TestRuntimeModels : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<DefaultLoader> loader_;
    const LoadControl control_;
    std::map<std::string, std::unique_ptr<Model>> loaded_;

    StatusOr<std::unique_ptr<Model>> loadFrom(const std::filesystem::path& folder)
    {
        auto config = parseModelConfig(readFile(folder / "config.json"));
        if (!config.ok()) return config.status();
        return loader_->load(folder / "1" / "model.pt", *config, control_);
    }
    Model& model(const std::string& name)
    {
        auto& one = loaded_[name];
        if (!one) {
            auto given = loadFrom(kModels / name);
            if (!given.ok()) qFatal("%s: %s", name.c_str(), text(given.status()).c_str());
            one = *std::move(given);
        }
        return *one;
    }
    /// A copy of digits-s with something of its config exchanged.
    Status loadChanged(const QString& replace, const QString& with)
    {
        QTemporaryDir folder;
        const std::filesystem::path place = folder.path().toStdString();
        std::filesystem::create_directories(place / "1");
        std::filesystem::copy_file(kModels / "digits-s" / "1" / "model.pt", place / "1" / "model.pt");
        QString config = QString::fromStdString(readFile(kModels / "digits-s" / "config.json"));
        if (!config.contains(replace)) qFatal("nothing to replace");
        std::ofstream(place / "config.json") << config.replace(replace, with).toStdString();
        return loadFrom(place).status();
    }

private Q_SLOTS:
    void initTestCase() { loader_ = std::make_unique<DefaultLoader>(1); }

    void shippedConfigsAreGood_data()
    {
        QTest::addColumn<QString>("name");
        for (const char* name :
             {"digits-s", "digits-m", "digits-l", "embed-mini", "scribe", "synthetic-fast", "synthetic-slow"})
            QTest::newRow(name) << QString(name);
    }
    void shippedConfigsAreGood()
    {
        QFETCH(QString, name);
        const auto config = parseModelConfig(readFile(kModels / name.toStdString() / "config.json"));
        QVERIFY2(config.ok(), qPrintable(said(config.status())));
        const bool synthetic = config->kind == ModelKind::Synthetic;
        QCOMPARE(synthetic, name.startsWith("synthetic"));
        QCOMPARE(QString::fromStdString(config->description).startsWith("Synthetic"), synthetic);
    }

    void shippedModelsStaySmall()
    {
        std::uintmax_t bytes = 0;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(kModels))
            if (entry.is_regular_file()) bytes += entry.file_size();
        QVERIFY2(bytes < 12'000'000, qPrintable(QString::number(bytes)));
    }

    void readsDigitsOfFontsNeverSeen_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<double>("least");
        QTest::newRow("small") << "digits-s" << 0.94;
        QTest::newRow("medium") << "digits-m" << 0.98;
        QTest::newRow("large") << "digits-l" << 0.985;
    }
    void readsDigitsOfFontsNeverSeen()
    {
        QFETCH(QString, name);
        QFETCH(double, least);
        const Sheet sheet = readSheet();
        QCOMPARE(sheet.labels.size(), std::size_t{400});
        int right = 0;
        for (std::size_t from = 0; from < sheet.labels.size(); from += 100) {
            Tensor pixels{"pixels", DataType::Fp32, {100, 784}, {}, {}};
            pixels.bytes.assign(reinterpret_cast<const char*>(sheet.pixels.data() + from * 784),
                                100 * 784 * sizeof(float));
            const auto outputs = model(name.toStdString()).run({pixels});
            QVERIFY2(outputs.ok(), qPrintable(said(outputs.status())));
            QCOMPARE(outputs->front().shape, (std::vector<std::int64_t>{100, 10}));
            std::vector<float> scores(1000);
            std::memcpy(scores.data(), outputs->front().view().data(), scores.size() * sizeof(float));
            for (std::size_t row = 0; row < 100; ++row) {
                const auto begin = scores.begin() + static_cast<std::ptrdiff_t>(row * 10);
                float sum = 0.0F;
                for (auto at = begin; at != begin + 10; ++at) sum += *at;
                QVERIFY(std::abs(sum - 1.0F) < 1e-4F);
                right += std::max_element(begin, begin + 10) - begin == sheet.labels[from + row] ? 1 : 0;
            }
        }
        const double accuracy = right / 400.0;
        qInfo("%s: %.2f %% of 400", qPrintable(name), accuracy * 100.0);
        QVERIFY2(accuracy >= least, qPrintable(QString::number(accuracy)));
    }

    void aRowDoesNotCareForItsBatch()
    {
        const Sheet sheet = readSheet();
        const auto scores = [&](std::size_t rows) {
            Tensor pixels{"pixels", DataType::Fp32, {static_cast<std::int64_t>(rows), 784}, {}, {}};
            pixels.bytes.assign(reinterpret_cast<const char*>(sheet.pixels.data()), rows * 784 * sizeof(float));
            const auto outputs = model("digits-l").run({pixels});
            std::vector<float> first(10);
            std::memcpy(first.data(), outputs->front().view().data(), 40);
            return first;
        };
        const auto alone = scores(1);
        const auto among = scores(128);
        for (std::size_t at = 0; at < 10; ++at) QVERIFY(std::abs(alone[at] - among[at]) < 1e-4F);
    }

    void measuresWhatALoadTakes()
    {
        // Two dense layers of floats, of which the file keeps half the bytes.
        const double weights = 4.0 * (784 * 1024 + 1024 * 1024 + 1024 * 10 + 1024 + 1024 + 10);
        const auto bytes = static_cast<double>(model("digits-l").bytes());
        QVERIFY2(bytes >= weights && bytes < weights * 1.6, qPrintable(QString::number(bytes)));
    }

    void refusesAModelThatIsNotWhatItSays_data()
    {
        QTest::addColumn<QString>("replace");
        QTest::addColumn<QString>("with");
        QTest::addColumn<QString>("words");
        QTest::newRow("other width of input") << "784]"
                                              << "785]"
                                              << "trial run of one row failed";
        QTest::newRow("other width of output") << "[-1,10]"
                                               << "[-1,11]"
                                               << "has shape [1,10], config.json says [-1,11]";
        QTest::newRow("other type of output") << "\"FP32\",\"shape\":[-1,10]"
                                              << "\"FP64\",\"shape\":[-1,10]"
                                              << "config.json says FP64";
        QTest::newRow("another output") << "\"outputs\": ["
                                        << "\"outputs\": [{\"name\":\"z\",\"datatype\":\"FP32\",\"shape\":[-1,1]},"
                                        << "returns 1 tensors, config.json has 2 outputs";
        QTest::newRow("another input") << "\"inputs\": ["
                                       << "\"inputs\": [{\"name\":\"z\",\"datatype\":\"FP32\",\"shape\":[-1,1]},"
                                       << "trial run of one row failed";
    }
    void refusesAModelThatIsNotWhatItSays()
    {
        QFETCH(QString, replace);
        QFETCH(QString, with);
        QFETCH(QString, words);
        const Status status = loadChanged(replace, with);
        QVERIFY(absl::IsInvalidArgument(status));
        QVERIFY2(said(status).contains(words), qPrintable(said(status)));
        QVERIFY2(said(status).size() < 1000, qPrintable(said(status)));
    }

    void refusesAFileThatIsNoModel()
    {
        QTemporaryDir folder;
        const std::filesystem::path place = folder.path().toStdString();
        std::filesystem::create_directories(place / "1");
        std::filesystem::copy_file(kModels / "digits-s" / "config.json", place / "config.json");
        Status status = loadFrom(place).status();
        QVERIFY2(said(status).contains("missing"), qPrintable(said(status)));
        std::ofstream(place / "1" / "model.pt") << "these are not weights";
        status = loadFrom(place).status();
        QVERIFY(absl::IsInvalidArgument(status));
        QVERIFY2(said(status).contains("not a TorchScript file"), qPrintable(said(status)));
        const std::string whole = readFile(kModels / "digits-s" / "1" / "model.pt");
        std::ofstream(place / "1" / "model.pt", std::ios::trunc) << whole.substr(0, whole.size() / 2);
        QVERIFY(absl::IsInvalidArgument(loadFrom(place).status()));
    }

    void slowDiskIsStoodInFor()
    {
        const auto began = std::chrono::steady_clock::now();
        const Status status = loadChanged("\"batch_max\"", "\"load_ms\": 300, \"batch_max\"");
        QVERIFY2(status.ok(), qPrintable(said(status)));
        QVERIFY(std::chrono::steady_clock::now() - began >= std::chrono::milliseconds(300));
    }

    void textsOfATopicAreNear()
    {
        std::vector<std::string> texts;
        for (const Said& one : kSentences) texts.emplace_back(one.words);
        const auto vectors = model("embed-mini").embed(texts);
        QVERIFY2(vectors.ok(), qPrintable(said(vectors.status())));
        int right = 0;
        double same = 0.0;
        double other = 0.0;
        int sameCount = 0;
        int otherCount = 0;
        for (std::size_t one = 0; one < texts.size(); ++one) {
            QCOMPARE((*vectors)[one].size(), std::size_t{256});
            QVERIFY(std::abs(nearness((*vectors)[one], (*vectors)[one]) - 1.0) < 1e-3);
            double best = -2.0;
            std::size_t nearest = one;
            for (std::size_t two = 0; two < texts.size(); ++two) {
                if (two == one) continue;
                const double near = nearness((*vectors)[one], (*vectors)[two]);
                const bool alike = std::strcmp(kSentences[one].topic, kSentences[two].topic) == 0;
                (alike ? same : other) += near;
                ++(alike ? sameCount : otherCount);
                if (near > best) best = near, nearest = two;
            }
            right += std::strcmp(kSentences[one].topic, kSentences[nearest].topic) == 0 ? 1 : 0;
        }
        qInfo("nearest sentence is of the same topic: %d of %zu; mean cosine %.3f within, %.3f across", right,
              texts.size(), same / sameCount, other / otherCount);
        QVERIFY2(right >= 18, qPrintable(QString::number(right)));  // by chance: 3
        QVERIFY(same / sameCount > other / otherCount + 0.1);
    }

    void nearDuplicatesAreNearest()
    {
        std::vector<std::string> texts;
        for (const Said& one : kSentences) texts.emplace_back(one.words);
        const std::size_t count = texts.size();
        for (std::size_t at = 0; at < count; ++at) {
            std::string changed = texts[at];
            std::transform(changed.begin(), changed.end(), changed.begin(),
                           [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
            changed.erase(changed.size() / 2, 1);  // a slip of the keys in the middle
            texts.push_back(changed + "!");
        }
        const auto vectors = model("embed-mini").embed(texts);
        for (std::size_t at = 0; at < count; ++at) {
            const double own = nearness((*vectors)[at], (*vectors)[count + at]);
            QVERIFY2(own > 0.7, qPrintable(QString("%1: %2").arg(texts[at].c_str()).arg(own)));
            for (std::size_t other = 0; other < count; ++other)
                QVERIFY(other == at || nearness((*vectors)[at], (*vectors)[count + other]) < own);
        }
    }

    void embeddingsDoNotCareForTheirBatch()
    {
        const auto alone = model("embed-mini").embed({"a mill by the water"});
        const auto among = model("embed-mini").embed({"something else", "a mill by the water", "..."});
        for (std::size_t at = 0; at < 256; ++at) QVERIFY(std::abs((*alone)[0][at] - (*among)[1][at]) < 1e-5F);
        for (const float value : (*among)[2]) QCOMPARE(value, 0.0F);  // no words: no direction
    }

    void writesTheSameForTheSameSeed()
    {
        const auto written = [&](std::uint64_t seed, double temperature) {
            auto writing = model("scribe").write({"You may copy", temperature, 1.0, seed});
            std::string whole;
            for (int token = 0; token < 50; ++token) whole += *(*writing)->next();
            return whole;
        };
        const std::string one = written(11, 0.8);
        qInfo("scribe: %s", one.c_str());
        QCOMPARE(one.size(), std::size_t{200});
        QCOMPARE(written(11, 0.8), one);
        QVERIFY(written(12, 0.8) != one);
        QCOMPARE(written(1, 0.0), written(2, 0.0));
    }

    void kindsRefuseWhatTheyAreNot()
    {
        QVERIFY(absl::IsFailedPrecondition(model("digits-s").embed({"x"}).status()));
        QVERIFY(absl::IsFailedPrecondition(model("digits-s").write({}).status()));
        QVERIFY(absl::IsFailedPrecondition(model("scribe").run({}).status()));
        QVERIFY(absl::IsFailedPrecondition(model("scribe").embed({"x"}).status()));
    }
};

QTEST_GUILESS_MAIN(TestRuntimeModels)
#include "tst_runtime_models.moc"
