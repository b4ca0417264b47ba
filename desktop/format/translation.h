// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QLocale>
#include <QtCore/QString>

#include <memory>
#include <string>
#include <vector>

QT_FORWARD_DECLARE_CLASS(QTranslator)

namespace millrace::desktop {

/// The console's language: installs the application's translators, and sets the number format. Existing texts do not
/// change, so use() precedes the creation of views.
///
///     Translation translation;
///     translation.use(Translation::ofDesktop());
///
/// Owner: App, or a test.   Thread: GUI.
/// Bound: one language at a time. English has a translator, too, for plural forms.
/// Stop:  the destructor removes the translators; the number format stays.
class Translation {
public:
    Translation();
    ~Translation();
    Translation(const Translation&) = delete;
    Translation& operator=(const Translation&) = delete;

    /// English or German; any other language falls back to English.
    void use(QLocale::Language language);
    QLocale::Language language() const { return language_; }

    /// The desktop's preferred language among the supported ones.
    static QLocale::Language ofDesktop();
    static QLocale::Language ofDesktop(const QStringList& languages);  ///< "de-AT", "en" …, best first

private:
    void load(const QString& file, const QString& folder);

    std::vector<std::unique_ptr<QTranslator>> translators_;
    QLocale::Language language_ = QLocale::C;
};

/// Translations of texts in the engine's descriptors: settings (titles, help, groups, units), series, phrases. Texts
/// unknown when the console was built stay English.
QString translatedSetting(const std::string& text);
QString translatedSeries(const std::string& text);
QString translatedPhrase(const std::string& text);

}  // namespace millrace::desktop
