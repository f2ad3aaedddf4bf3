#include "xml.h"

struct error_row {
    const char *condition;
    const char *text;
};

static const struct error_row errors[] = {
    [XML_OK] = {"undefined-condition", ""},
    [XML_NOT_WELL_FORMED] = {"not-well-formed", "The XML is not well-formed"},
    [XML_RESTRICTED] = {"restricted-xml",
                        "Comments, processing instructions, DTDs and entities "
                        "are not allowed"},
    [XML_BAD_NAMESPACE_PREFIX] = {"bad-namespace-prefix",
                                  "A prefix is not declared"},
    [XML_BAD_ENCODING] = {"unsupported-encoding", "The encoding is UTF-8"},
    [XML_INVALID_UTF8] = {"not-well-formed", "These bytes are not UTF-8"},
    [XML_TOO_BIG] = {"policy-violation", "The stanza is too big"},
    [XML_WRONG_NAMESPACE] = {"invalid-namespace",
                             "The content has another namespace"},
    [XML_TOO_DEEP] = {"policy-violation",
                      "Too many levels, or too many attributes"},
};

const char *xml_error_condition(enum xml_error error)
{
    return errors[error].condition;
}

const char *xml_error_text(enum xml_error error)
{
    return errors[error].text;
}
