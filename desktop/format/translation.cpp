// SPDX-License-Identifier: GPL-3.0-or-later
#include "format/translation.h"

#include "format/numbers.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QLibraryInfo>
#include <QtCore/QTranslator>

namespace millrace::desktop {
namespace {

const QString kFolder = QStringLiteral(":/translations");

QString translated(const char* context, const std::string& text)
{
    return text.empty() ? QString() : QCoreApplication::translate(context, text.c_str());
}

}  // namespace

Translation::Translation() = default;

Translation::~Translation() = default;

void Translation::load(const QString& file, const QString& folder)
{
    auto translator = std::make_unique<QTranslator>();
    if (!translator->load(file, folder)) return;
    QCoreApplication::installTranslator(translator.get());
    translators_.push_back(std::move(translator));
}

void Translation::use(QLocale::Language language)
{
    if (language != QLocale::German) language = QLocale::English;
    if (language == language_) return;
    language_ = language;
    translators_.clear();  // each takes itself out
    if (language == QLocale::German) {
        // Qt's own words, such as those of a file dialog, where they are installed.
        load(QStringLiteral("qt_de"), QLibraryInfo::path(QLibraryInfo::TranslationsPath));
        load(QStringLiteral("millrace_de"), kFolder);
    } else {
        load(QStringLiteral("millrace_en"), kFolder);
    }
    format::setLocale(language == QLocale::German ? QLocale(QLocale::German, QLocale::Germany)
                                                  : QLocale(QLocale::English, QLocale::UnitedStates));
}

QLocale::Language Translation::ofDesktop(const QStringList& languages)
{
    for (const QString& language : languages) {
        const QString name = language.left(2).toLower();
        if (name == u"de") return QLocale::German;
        if (name == u"en") return QLocale::English;
    }
    return QLocale::English;
}

QLocale::Language Translation::ofDesktop()
{
    return ofDesktop(QLocale::system().uiLanguages());
}

QString translatedSetting(const std::string& text)
{
    return translated("Settings", text);
}

QString translatedPhrase(const std::string& text)
{
    return translated("Phrases", text);
}

QString translatedSeries(const std::string& text)
{
    return translated("Series", text);
}

}  // namespace millrace::desktop
