// SPDX-License-Identifier: GPL-3.0-or-later
#include "app.h"
#include "client/fake_words.h"
#include "config.pb.h"
#include "console_scene.h"
#include "control.pb.h"
#include "format/numbers.h"
#include "format/said.h"
#include "format/translation.h"
#include "series.pb.h"
#include "setting.pb.h"
#include "viewmodels/settings_view_model.h"

#include <QtCore/QProcess>
#include <QtCore/QRegularExpression>
#include <QtCore/QTemporaryDir>
#include <QtCore/QXmlStreamReader>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>

using namespace millrace::desktop;

namespace {

const QString kFolder = QStringLiteral(MILLRACE_SOURCE_DIR "/resources/translations/");
const QString kGerman = kFolder + QStringLiteral("millrace_de.ts");
const QString kEnglish = kFolder + QStringLiteral("millrace_en.ts");

constexpr const char* kPages[] = {"flow",   "requests", "connections", "batches",
                                  "models", "streams",  "events",      "settings"};

struct Message {
    QString context;
    QString source;
    QStringList forms;  ///< one, or one for singular and one for plural
    bool plural = false;
    QString type;  ///< empty: finished
};

QList<Message> readMessages(const QString& path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) qFatal("%s cannot be read", qPrintable(path));
    QXmlStreamReader xml(&file);
    QList<Message> out;
    QString context;
    while (!xml.atEnd()) {
        xml.readNext();
        if (!xml.isStartElement()) continue;
        const auto name = xml.name();
        if (name == u"name") {
            context = xml.readElementText();
        } else if (name == u"message") {
            out.append({context, {}, {}, xml.attributes().value(QStringLiteral("numerus")) == u"yes", {}});
        } else if (name == u"source") {
            out.last().source = xml.readElementText();
        } else if (name == u"translation") {
            out.last().type = xml.attributes().value(QStringLiteral("type")).toString();
            if (!out.last().plural) out.last().forms.append(xml.readElementText());
        } else if (name == u"numerusform") {
            out.last().forms.append(xml.readElementText());
        }
    }
    if (xml.hasError()) qFatal("%s: %s", qPrintable(path), qPrintable(xml.errorString()));
    return out;
}

QByteArray read(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// "%1", "%2", "%n" …, sorted; what stands twice, twice.
QStringList placeholders(const QString& text)
{
    static const QRegularExpression kPlaceholder(QStringLiteral("%L?([0-9]|n)"));
    QStringList out;
    auto matches = kPlaceholder.globalMatch(text);
    while (matches.hasNext()) out.append(matches.next().captured());
    out.sort();
    return out;
}

/// Blanks and a mark at the ends, which join a text to what stands beside it.
QString edges(const QString& text)
{
    static const QString kMarks = QStringLiteral(" ·:.?…");
    QString out;
    for (const QChar letter : text) {
        if (letter != u' ' && letter != u'·') break;
        out += letter;
    }
    out += u'|';
    for (auto letter = text.rbegin(); letter != text.rend() && kMarks.contains(*letter); ++letter) out += *letter;
    // "Load…" is "Laden …" in German.
    return out.endsWith(QStringLiteral("… ")) ? out.chopped(1) : out;
}

void visit(QQuickItem* item, const std::function<void(QQuickItem*)>& what)
{
    if (!item->isVisible() || item->opacity() == 0) return;
    what(item);
    for (QQuickItem* child : item->childItems()) visit(child, what);
}

/// What only English says, and what German says.
std::pair<QSet<QString>, QSet<QString>> vocabulary()
{
    QSet<QString> english, german;
    for (const Message& message : readMessages(kGerman)) {
        if (message.forms.contains(message.source)) {
            german.insert(message.source);
        } else {
            english.insert(message.source);
        }
        for (const QString& form : message.forms) german.insert(form);
    }
    english -= german;
    return {english, german};
}

/// What the console says, in one language: texts as they are, and those that have places for figures and names.
class OwnWords {
public:
    explicit OwnWords(QLocale::Language language)
    {
        // Sentences of the engine explain at length, and have their whole in a tooltip.
        const auto isOurs = [](const Message& message) { return message.context != u"Phrases"; };
        for (const Message& message : readMessages(language == QLocale::German ? kGerman : kEnglish))
            for (const QString& form : message.forms)
                if (isOurs(message)) add(form);
        if (language == QLocale::German) return;
        for (const Message& message : readMessages(kGerman))
            if (!message.plural && isOurs(message)) add(message.source);
    }
    /// More than half of its letters are of what the console says; the rest are names and what others wrote.
    bool has(const QString& text) const
    {
        static const QRegularExpression joints(QStringLiteral(" · |: |\n"));
        qsizetype own = ownLetters(text);
        qsizetype inParts = 0;
        for (const QString& part : text.split(joints)) inParts += ownLetters(part);
        return 2 * std::max(own, inParts) > letters(text);
    }

private:
    static qsizetype letters(const QString& text)
    {
        return std::count_if(text.begin(), text.end(), [](QChar letter) { return letter.isLetter(); });
    }
    qsizetype ownLetters(const QString& text) const
    {
        if (whole_.contains(text)) return letters(text);
        qsizetype most = 0;
        for (const auto& [pattern, own] : patterns_)
            if (own > most && pattern.match(text).hasMatch()) most = own;
        return most;
    }
    void add(const QString& text)
    {
        static const QRegularExpression places(QStringLiteral("%L?(?:[0-9]|n)"));
        const qsizetype own = letters(QString(text).remove(places));
        if (own < 4) return;  // "%1 of %2": of anything
        if (!text.contains(places)) {
            whole_.insert(text);
            return;
        }
        QStringList parts;
        for (const QString& part : text.split(places)) parts.append(QRegularExpression::escape(part));
        patterns_.append(
            {QRegularExpression(QRegularExpression::anchoredPattern(parts.join(QStringLiteral(".+")))), own});
    }

    QSet<QString> whole_;
    QList<std::pair<QRegularExpression, qsizetype>> patterns_;  // with how many letters of it are ours
};

const QString kEngineText = QStringLiteral("what the engine says in its English");

/// Every text of a message that the engine words becomes kEngineText: with a sentence beside it, or without.
void speak(google::protobuf::Message& message, const control::Sentence* sentence, QStringList& alone)
{
    // What the text of a sentence is called.
    static const QHash<QString, QString> kTexts{{"bottleneck_words", "bottleneck_why"},
                                                {"idle_limit_words", "idle_limit_why"},
                                                {"health_words", "health_reason"},
                                                {"limit_words", "limit_why"},
                                                {"note_words", "note"},
                                                {"next_words", "next_why"},
                                                {"reason_words", "reason"},
                                                {"unloaded_words", "unloaded_why"},
                                                {"words", "text"},
                                                {"verdict_words", "verdict"}};
    const auto* type = message.GetDescriptor();
    const auto* reflection = message.GetReflection();
    for (int i = 0; i < type->field_count(); ++i) {
        const auto* field = type->field(i);
        if (field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE || field->is_map()) continue;
        if (field->message_type() == control::Sentence::descriptor()) {
            const QString name = QString::fromStdString(field->name());
            // Batches and loads have a why each.
            const QString text = name != u"why_words"                         ? kTexts.value(name)
                                 : type == control::BatchRecord::descriptor() ? QStringLiteral("why_text")
                                                                              : QStringLiteral("why");
            const auto* place = type->FindFieldByName(text.toStdString());
            if (!place) {
                alone.append(name);
                continue;
            }
            reflection->SetString(&message, place, kEngineText.toStdString());
            reflection->ClearField(&message, field);
            if (sentence) reflection->MutableMessage(&message, field)->CopyFrom(*sentence);
        } else if (field->is_repeated()) {
            for (int j = 0; j < reflection->FieldSize(message, field); ++j)
                speak(*reflection->MutableRepeatedMessage(&message, field, j), sentence, alone);
        } else if (reflection->HasField(message, field)) {
            speak(*reflection->MutableMessage(&message, field), sentence, alone);
        }
    }
}

bool isText(const QQuickItem* item)
{
    return item->inherits("QQuickText");
}

}  // namespace

class TestTranslations : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void sourcesAndTranslationsAgree();
    void everyTextIsTranslated_data();
    void everyTextIsTranslated();
    void placeholdersAndEdgesAgree();
    void whatTheEngineSaysIsTranslated();
    void languageOfTheDesktop_data();
    void languageOfTheDesktop();
    void languageIsRemembered();
    void pluralsAreRight();
    void everyPageIsGerman_data();
    void everyPageIsGerman();
    void whatLiesOverAPageIsGermanAndFits_data();
    void whatLiesOverAPageIsGermanAndFits();
    void everySentenceOfTheEngineIsGerman();
    void theEnginesEnglishIsShownAsAQuoteOnly_data();
    void theEnginesEnglishIsShownAsAQuoteOnly();
    void ownWordsAreKnown();
    void noWordOfOursIsCut_data();
    void noWordOfOursIsCut();
    void noSettingIsCut_data();
    void noSettingIsCut();
    void menuChangesTheLanguage();
    void changesAtOnceAndKeepsWhatIsKnown();
};

void TestTranslations::sourcesAndTranslationsAgree()
{
    QTemporaryDir folder;
    const QStringList names{QStringLiteral("engine_words.h"), QStringLiteral("millrace_de.ts"),
                            QStringLiteral("millrace_en.ts")};
    for (const QString& name : names) QFile::copy(kFolder + name, folder.filePath(name));
    QProcess update;
    update.setWorkingDirectory(QStringLiteral(MILLRACE_SOURCE_DIR));
    update.start(QStringLiteral(MILLRACE_CMAKE),
                 {QStringLiteral("-DLUPDATE=" MILLRACE_LUPDATE), QStringLiteral("-DTO=") + folder.path(),
                  QStringLiteral("-P"), kFolder + QStringLiteral("update.cmake")});
    QVERIFY(update.waitForFinished(60'000));
    QVERIFY2(update.exitCode() == 0, update.readAllStandardError().constData());
    for (const QString& name : names) {
        QVERIFY2(read(folder.filePath(name)) == read(kFolder + name),
                 qPrintable(name + QStringLiteral(" is not up to date: build the target update_translations, then "
                                                  "translate what is unfinished")));
    }
}

void TestTranslations::everyTextIsTranslated_data()
{
    QTest::addColumn<QString>("path");
    QTest::newRow("German") << kGerman;
    QTest::newRow("English plurals") << kEnglish;
}

void TestTranslations::everyTextIsTranslated()
{
    QFETCH(QString, path);
    const QList<Message> messages = readMessages(path);
    QVERIFY(!messages.isEmpty());
    QStringList wrong;
    for (const Message& message : messages) {
        const bool empty = message.forms.isEmpty() || message.forms.contains(QString());
        const bool forms = message.forms.size() == (message.plural ? 2 : 1);
        if (!message.type.isEmpty() || empty || !forms)
            wrong.append(message.context + QStringLiteral(": ") + message.source);
    }
    QVERIFY2(wrong.isEmpty(), qPrintable(QStringLiteral("not translated:\n") + wrong.join(u'\n')));
}

void TestTranslations::placeholdersAndEdgesAgree()
{
    QStringList wrong;
    for (const QString& path : {kGerman, kEnglish}) {
        for (const Message& message : readMessages(path)) {
            // %Ln groups digits as every other figure does.
            if (message.source.contains(QStringLiteral("%n")))
                wrong.append(message.context + QStringLiteral(": ") + message.source);
            for (const QString& form : message.forms) {
                if (placeholders(form) != placeholders(message.source) || edges(form) != edges(message.source))
                    wrong.append(message.context + QStringLiteral(": ") + message.source + QStringLiteral(" → ") +
                                 form);
            }
        }
    }
    QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join(u'\n')));
}

/// Titles, helps and units come from the engine; the list that lupdate reads must have all of them.
void TestTranslations::whatTheEngineSaysIsTranslated()
{
    QSet<QString> settings, series;
    for (const Message& message : readMessages(kGerman)) {
        if (message.context == u"Settings") settings.insert(message.source);
        if (message.context == u"Series") series.insert(message.source);
    }
    QStringList missing;
    const auto check = [&missing](const QSet<QString>& known, const std::string& text) {
        const QString words = QString::fromStdString(text);
        if (!words.isEmpty() && !known.contains(words)) missing.append(words);
    };
    const auto* root = millrace::config::v1::Config::descriptor();
    for (int i = 0; i < root->field_count(); ++i) {
        const auto& group = root->field(i)->options().GetExtension(millrace::config::v1::group);
        check(settings, group.title());
        check(settings, group.help());
        const auto* fields = root->field(i)->message_type();
        for (int j = 0; fields && j < fields->field_count(); ++j) {
            const auto& setting = fields->field(j)->options().GetExtension(millrace::config::v1::setting);
            check(settings, setting.title());
            check(settings, setting.help());
            check(settings, setting.unit());
        }
    }
    const auto* values = millrace::control::v1::Series_descriptor();
    for (int i = 0; i < values->value_count(); ++i) {
        const auto& words = values->value(i)->options().GetExtension(millrace::control::v1::words);
        check(series, words.title());
        check(series, words.help());
    }
    QVERIFY2(missing.isEmpty(), qPrintable(missing.join(u'\n')));
    QVERIFY(settings.size() > 100 && series.size() > 60);
}

void TestTranslations::languageOfTheDesktop_data()
{
    QTest::addColumn<QStringList>("languages");
    QTest::addColumn<QLocale::Language>("spoken");
    QTest::newRow("German") << QStringList{"de-DE", "de"} << QLocale::German;
    QTest::newRow("Austrian") << QStringList{"de-AT"} << QLocale::German;
    QTest::newRow("English") << QStringList{"en-GB", "de-DE"} << QLocale::English;
    QTest::newRow("French, then German") << QStringList{"fr-CH", "fr", "de-CH"} << QLocale::German;
    QTest::newRow("none that there is") << QStringList{"fr-FR", "es"} << QLocale::English;
    QTest::newRow("none") << QStringList{} << QLocale::English;
}

void TestTranslations::languageOfTheDesktop()
{
    QFETCH(QStringList, languages);
    QFETCH(QLocale::Language, spoken);
    QCOMPARE(Translation::ofDesktop(languages), spoken);
}

void TestTranslations::languageIsRemembered()
{
    QTemporaryDir folder;
    const QString file = folder.filePath(QStringLiteral("console.ini"));
    {
        Preferences preferences(file);
        QCOMPARE(preferences.language(), Preferences::DesktopLanguage);
        QSignalSpy changed(&preferences, &Preferences::languageChanged);
        preferences.setLanguage(Preferences::German);
        preferences.setLanguage(Preferences::German);
        QCOMPARE(changed.count(), 1);
        QCOMPARE(preferences.spoken(), QLocale::German);
    }
    {
        Preferences preferences(file);
        QCOMPARE(preferences.language(), Preferences::German);
        preferences.overrideLanguage(Preferences::English);  // of one run
        QCOMPARE(preferences.spoken(), QLocale::English);
    }
    {
        Preferences preferences(file);
        QCOMPARE(preferences.language(), Preferences::German);
        preferences.setLanguage(Preferences::DesktopLanguage);
    }
    QCOMPARE(Preferences(file).language(), Preferences::DesktopLanguage);
}

void TestTranslations::pluralsAreRight()
{
    Translation translation;
    const auto say = [](int count) {
        return QCoreApplication::translate("millrace::desktop::SettingsViewModel", "%Ln match(es)", nullptr, count);
    };
    const auto rows = [](int count) {
        return QCoreApplication::translate("millrace::desktop::BatchesViewModel", "%Ln row(s)", nullptr, count);
    };
    translation.use(QLocale::English);
    QCOMPARE(say(1), QStringLiteral("1 match"));
    QCOMPARE(say(0), QStringLiteral("0 matches"));
    QCOMPARE(rows(1234), QStringLiteral("1,234 rows"));
    translation.use(QLocale::German);
    QCOMPARE(rows(1), QStringLiteral("1 Zeile"));
    QCOMPARE(rows(1234), QStringLiteral("1.234 Zeilen"));
    translation.use(QLocale::French);  // there is none
    QCOMPARE(say(2), QStringLiteral("2 matches"));
}

void TestTranslations::everyPageIsGerman_data()
{
    QTest::addColumn<QString>("page");
    for (const char* page : kPages) QTest::newRow(page) << QString::fromLatin1(page);
    QTest::newRow("backends") << QStringLiteral("settings/backends[0].name");
}

/// No text that is seen is the English of one that has a translation: it would be looked up under another context than
/// lupdate has put it in, or be made once before the language was known.
void TestTranslations::everyPageIsGerman()
{
    QFETCH(QString, page);
    const auto words = vocabulary();
    const QSet<QString>&english = words.first, &german = words.second;
    ConsoleScene scene({.language = QLocale::German, .page = page});
    scene.step(5);
    QStringList left;
    int seen = 0, known = 0;
    visit(scene.window()->contentItem(), [&](QQuickItem* item) {
        if (!isText(item)) return;
        const QString text = item->property("text").toString();
        if (text.isEmpty()) return;
        ++seen;
        if (german.contains(text)) ++known;
        if (english.contains(text)) left.append(text);
    });
    QVERIFY(seen > 40 && known > 15);
    QVERIFY2(left.isEmpty(), qPrintable(left.join(u'\n')));
}

void TestTranslations::whatLiesOverAPageIsGermanAndFits_data()
{
    QTest::addColumn<QString>("button");
    QTest::addColumn<int>("key");
    QTest::newRow("shortcuts") << QString() << int(Qt::Key_F1);
    QTest::newRow("command palette") << QStringLiteral("search") << 0;
    QTest::newRow("health") << QStringLiteral("health") << 0;
    QTest::newRow("more") << QStringLiteral("more") << 0;
    QTest::newRow("window of time") << QStringLiteral("window") << 0;
}

/// The list of shortcuts ran out of its frame in German, and called the key "Ctrl".
void TestTranslations::whatLiesOverAPageIsGermanAndFits()
{
    QFETCH(QString, button);
    QFETCH(int, key);
    const QSet<QString> english = vocabulary().first;
    ConsoleScene scene({.size = {1024, 640}, .language = QLocale::German});
    scene.step(5);
    if (key) {
        scene.key(static_cast<Qt::Key>(key));
    } else {
        scene.click(scene.byObjectName(button));
    }
    scene.settle();
    QStringList wrong;
    int seen = 0;
    visit(scene.window()->contentItem(), [&](QQuickItem* popup) {
        if (!popup->inherits("QQuickPopupItem")) return;
        visit(popup, [&](QQuickItem* item) {
            if (!isText(item)) return;
            const QString text = item->property("text").toString();
            if (text.isEmpty()) return;
            ++seen;
            const QRectF place = item->mapRectToItem(popup, item->boundingRect());
            if (english.contains(text) || text.contains(QStringLiteral("Ctrl"))) wrong.append(text);
            if (place.right() > popup->width() + 0.5) wrong.append(text + QStringLiteral(" runs out of its frame"));
            if (item->property("truncated").toBool()) wrong.append(text + QStringLiteral(" is cut"));
        });
    });
    QVERIFY2(seen > 2, qPrintable(QString::number(seen)));
    QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join(u'\n')));
}

void TestTranslations::everySentenceOfTheEngineIsGerman()
{
    Translation translation;
    translation.use(QLocale::German);
    const auto* phrases = control::Phrase_descriptor();
    int seen = 0;
    for (int i = 0; i < phrases->value_count(); ++i) {
        const QString english = QString::fromStdString(phrases->value(i)->options().GetExtension(control::english));
        if (english.isEmpty()) continue;
        ++seen;
        control::Sentence sentence;
        sentence.set_phrase(static_cast<control::Phrase>(phrases->value(i)->number()));
        for (int place = 1; place <= 6; ++place) sentence.add_values()->set_name("<" + std::to_string(place) + ">");
        const QString said = format::said(sentence, kEngineText.toStdString());
        for (const QString& place : placeholders(english))
            QVERIFY2(said.contains(u'<' + place.mid(1) + u'>'), qPrintable(english + QStringLiteral(" → ") + said));
        // Signs alone are the same in each language.
        QString alone = english;
        alone.remove(QRegularExpression(QStringLiteral("%[1-9]")));
        const bool wordy = std::any_of(alone.begin(), alone.end(), [](QChar letter) { return letter.isLetter(); });
        QString same = english;
        same.replace(QRegularExpression(QStringLiteral("%([1-9])")), QStringLiteral("<\\1>"));
        QVERIFY2(!wordy || said != same, qPrintable(english));
    }
    QVERIFY(seen > 100);
    control::Sentence sentence;
    sentence.set_phrase(control::PHRASE_BATCH_FULL_ROWS_NEXT);
    sentence.add_values()->set_number(1200);
    for (const double rows : {1.0, 1500.0}) {
        auto& value = *sentence.add_values();
        value.set_number(rows);
        value.set_unit(control::VALUE_UNIT_ROWS);
    }
    QCOMPARE(format::said(sentence, {}),
             QStringLiteral("voll: 1.200 von 1 Zeile, die nächste Anfrage hat 1.500 Zeilen"));
    sentence.mutable_values(0)->set_quote("%2 refused");
    QVERIFY(format::said(sentence, {}).startsWith(QStringLiteral("voll: „%2 refused“ von")));
    // Numbers of settings come as texts: "1 – 4096" stood above "1 – 4.096". What was typed stays.
    control::Sentence refused;
    refused.set_phrase(control::PHRASE_SETTING_MUST_BE);
    auto& range = *refused.add_values()->mutable_sentence();
    range.set_phrase(control::PHRASE_AMOUNT);
    range.add_values()->set_name("1 – 4096");
    range.add_values()->set_name("rows");
    refused.add_values()->set_name("9999.25");
    const QString text = format::said(refused, {}).replace(QChar(0x00A0), u' ');
    QVERIFY2(text.contains(QStringLiteral("1 – 4.096 Zeilen")) && text.endsWith(QStringLiteral("9999.25")),
             qPrintable(text));
    // A newer engine has a phrase that is not known here, or an older one none.
    sentence.set_phrase(static_cast<control::Phrase>(29'999));
    QCOMPARE(format::said(sentence, "something new"), QStringLiteral("„something new“"));
    QCOMPARE(format::said({}, "connection refused"), QStringLiteral("„connection refused“"));
    QCOMPARE(format::said({}, {}), QString());
    translation.use(QLocale::English);
}

void TestTranslations::theEnginesEnglishIsShownAsAQuoteOnly_data()
{
    QTest::addColumn<QString>("page");
    QTest::addColumn<bool>("known");
    for (const char* page : kPages)
        for (const bool known : {false, true})
            QTest::addRow("%s, %s", page, known ? "with sentences" : "without") << QString::fromLatin1(page) << known;
}

/// The German console had English reasons, events and verdicts between its own words.
void TestTranslations::theEnginesEnglishIsShownAsAQuoteOnly()
{
    QFETCH(QString, page);
    QFETCH(bool, known);
    ConsoleScene scene({.size = {1440, 900}, .language = QLocale::German, .page = page});
    scene.step(3);
    control::Frame frame = scene.session().frame();
    frame.set_sequence(frame.sequence() + 1);
    // What is shown only where something is wrong.
    frame.mutable_models()->mutable_models(1)->set_state(control::MODEL_PHASE_FAILED);
    frame.mutable_pools()->mutable_pools(0)->set_health(control::BACKEND_HEALTH_EJECTED);
    auto& event = *frame.add_events();
    event.set_sequence(1'000'000);
    event.set_boot_id(frame.boot_id());
    event.set_time_ms(scene.session().nowMs());
    event.set_severity(control::SEVERITY_ERROR);
    event.set_kind(control::EVENT_KIND_STATE_WRITE_FAILED);
    event.set_subject("history.db");
    QStringList alone;
    const auto sentence = script::say(control::PHRASE_MODEL_EVICTED_FOR, {script::name("digits-l")});
    speak(frame, known ? &sentence.words : nullptr, alone);
    QVERIFY2(alone.isEmpty(), qPrintable(QStringLiteral("which text is it of: ") + alone.join(u' ')));
    Q_EMIT scene.client().frameArrived(frame);
    scene.settle();
    QStringList wrong;
    int seen = 0;
    const QString german = QStringLiteral("verdrängt für digits-l");
    visit(scene.window()->contentItem(), [&](QQuickItem* item) {
        for (QString text : {item->property("text").toString(), ConsoleScene::accessibleName(item),
                             ConsoleScene::accessibleDescription(item)}) {
            if (text.contains(known ? german : kEngineText)) ++seen;
            if (!known) text.remove(QStringLiteral("„%1“").arg(kEngineText));
            if (text.contains(kEngineText)) wrong.append(text);
        }
    });
    QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join(u'\n')));
    const QStringList speaking{"flow", "connections", "batches", "models", "events"};
    QVERIFY2(seen > 0 || !speaking.contains(page), qPrintable(page));
}

void TestTranslations::ownWordsAreKnown()
{
    const OwnWords german(QLocale::German), english(QLocale::English);
    QVERIFY(german.has(QStringLiteral("Durchsatz")));
    QVERIFY(german.has(QStringLiteral("12 Zeilen")) && english.has(QStringLiteral("12 rows")));
    QVERIFY(english.has(QStringLiteral("Throughput")));
    QVERIFY(english.has(QStringLiteral("goal ≤ 10 ms · 1,132 batches")));
    for (const OwnWords* words : {&german, &english}) {
        QVERIFY(!words->has(QStringLiteral("sensor-hub · 57836")));
        QVERIFY(!words->has(QStringLiteral("Qwen2.5-Coder-32B-Instruct")));
        QVERIFY(!words->has(QStringLiteral("127.0.0.1:11500")));
    }
}

void TestTranslations::noWordOfOursIsCut_data()
{
    QTest::addColumn<QString>("page");
    QTest::addColumn<QLocale::Language>("language");
    QTest::addColumn<QSize>("size");
    for (const char* page : kPages) {
        for (const QSize size : {QSize(1024, 640), QSize(1440, 900)}) {
            QTest::addRow("%s, German, %d", page, size.width()) << QString::fromLatin1(page) << QLocale::German << size;
            QTest::addRow("%s, English, %d", page, size.width())
                << QString::fromLatin1(page) << QLocale::English << size;
        }
    }
}

/// Names and what others wrote may be cut, with the whole in a tooltip; what the console itself says may not. So no
/// list of places is needed: whether a text is ours is known by the translations.
void TestTranslations::noWordOfOursIsCut()
{
    QFETCH(QString, page);
    QFETCH(QLocale::Language, language);
    QFETCH(QSize, size);
    const OwnWords own(language);
    ConsoleScene scene({.size = size, .language = language, .page = page});
    scene.step(5);
    QStringList cut;
    int ours = 0;
    const auto look = [&](const QString& where) {
        visit(scene.window()->contentItem(), [&](QQuickItem* item) {
            if (!isText(item)) return;
            const QString text = item->property("text").toString();
            if (!own.has(text)) return;
            ++ours;
            if (item->property("truncated").toBool())
                cut.append(where + QStringLiteral(": ") + text + QStringLiteral(" (%1 wide)").arg(item->width()));
        });
    };
    look(page);
    // What is below: as it is when the page is read to its end.
    for (QQuickItem* item : scene.ofType(QStringLiteral("ScrollView"))) {
        scene.wheel(item, -40);
        look(page + QStringLiteral(", below"));
    }
    if (page == u"requests") {
        for (QQuickItem* row : scene.ofType(QStringLiteral("DataTableRow"))) {
            if (row->mapToScene(QPointF()).y() > size.height() / 2) continue;
            scene.click(row, {0.1, 0.5});
            break;
        }
        look(QStringLiteral("request"));
    } else if (page == u"settings") {
        // Each kind of row on its side: what is pending, what was applied, and what came of it.
        auto* settings = qobject_cast<SettingsViewModel*>(scene.shell().pages()->viewModel(page));
        QVERIFY(settings);
        settings->edit(QStringLiteral("batcher.size_max"), QStringLiteral("120"));
        settings->edit(QStringLiteral("loader.resident_max"), QStringLiteral("5"));
        settings->validate();
        scene.step(2);
        look(QStringLiteral("pending"));
        settings->apply(true);
        scene.step(40);
        look(QStringLiteral("applied"));
        const auto& revisions = settings->history()->revisions()->rows();
        QVERIFY(!revisions.isEmpty());
        settings->history()->choose(static_cast<double>(revisions.first().revision));
        scene.step(2);
        look(QStringLiteral("revision"));
    }
    QVERIFY2(ours > 15, qPrintable(QString::number(ours)));
    cut.removeDuplicates();
    QVERIFY2(cut.isEmpty(), qPrintable(cut.join(u'\n')));
}

void TestTranslations::noSettingIsCut_data()
{
    QTest::addColumn<QLocale::Language>("language");
    QTest::newRow("German") << QLocale::German;
    QTest::newRow("English") << QLocale::English;
}

/// In the smallest window: every title, help, note and unit of every group, and what is pending beside them.
void TestTranslations::noSettingIsCut()
{
    QFETCH(QLocale::Language, language);
    ConsoleScene scene({.size = {1024, 640}, .language = language, .page = QStringLiteral("settings")});
    auto* page = qobject_cast<SettingsViewModel*>(scene.shell().pages()->viewModel(QStringLiteral("settings")));
    QVERIFY(page && page->phase() == SettingsViewModel::Ready);
    QStringList cut;
    int seen = 0;
    const auto check = [&](const QString& where) {
        visit(scene.ofType(QStringLiteral("SettingsPage")).first(), [&](QQuickItem* item) {
            if (!isText(item)) return;
            ++seen;
            if (item->property("truncated").toBool())
                cut.append(where + QStringLiteral(": ") + item->property("text").toString());
        });
    };
    // As the form is when it is read: from top to bottom.
    const auto read = [&](const QString& where) {
        QQuickItem* list = scene.byObjectName(QStringLiteral("settings"));
        QVERIFY(list);
        for (const char* place : {"positionViewAtBeginning", "positionViewAtEnd"}) {
            QMetaObject::invokeMethod(list, place);
            scene.settle();
            check(where);
        }
    };
    for (const GroupRow& group : page->groups()->rows()) {
        page->setGroup(group.id);
        scene.settle();
        read(group.id);
    }
    for (const char* query : {"timeout", "size"}) {  // matches stand under the headings of their groups
        page->setQuery(QString::fromLatin1(query));
        scene.settle();
        read(QString::fromLatin1(query));
    }
    QVERIFY(seen > 400);
    cut.removeDuplicates();
    QVERIFY2(cut.isEmpty(), qPrintable(cut.join(u'\n')));
}

void TestTranslations::menuChangesTheLanguage()
{
    ConsoleScene scene;
    scene.click(scene.byObjectName(QStringLiteral("more")));
    scene.click(scene.named(QStringLiteral("Language")));
    scene.click(scene.named(QStringLiteral("Deutsch")));
    QCOMPARE(scene.preferences().language(), Preferences::German);
}

/// The whole program: the window is made anew over the same session.
void TestTranslations::changesAtOnceAndKeepsWhatIsKnown()
{
    App::Options options;
    options.demo = true;
    options.language = QStringLiteral("en");
    options.page = QStringLiteral("models");
    options.size = QSize(1200, 800);
    App app(options);
    QVERIFY(app.load());
    Session* session = app.shell()->session();
    QVERIFY(QTest::qWaitFor([&] { return session->hasData(); }));
    const auto title = [&app] { return app.shell()->pageTitle(); };
    QCOMPARE(title(), QStringLiteral("Models"));
    for (const auto& [language, expected] :
         {std::pair(Preferences::German, "Modelle"), std::pair(Preferences::English, "Models"),
          std::pair(Preferences::German, "Modelle")}) {
        app.shell()->preferences()->setLanguage(language);
        QVERIFY(QTest::qWaitFor([&, words = QString::fromLatin1(expected)] { return title() == words; }));
        QVERIFY(app.window() && app.window()->isVisible());
        QCOMPARE(app.window()->size(), QSize(1200, 800));
        QCOMPARE(app.shell()->session(), session);
        QVERIFY(session->hasData());
        int texts = 0;
        visit(app.window()->contentItem(), [&](QQuickItem* item) {
            texts += isText(item) && item->property("text").toString() == QLatin1String(expected) ? 1 : 0;
        });
        QVERIFY(texts >= 2);  // in the rail and above the page
    }
    QCOMPARE(format::number(1234.5, 1), QStringLiteral("1.234,5"));
}

CONSOLE_TEST_MAIN(TestTranslations)
#include "tst_translations.moc"
