// Cards as ez-vcard reads them, one JSON object a line: Fields OUT FILE... writes {"uid", "props"} in the
// normal form of tests/contacts/cards.py. Values of X- properties it leaves as they stand; their escapes are undone here.
import ezvcard.VCard;
import ezvcard.VCardVersion;
import ezvcard.io.text.VCardReader;
import ezvcard.parameter.VCardParameters;
import ezvcard.property.*;
import ezvcard.io.scribe.ScribeIndex;
import java.io.File;
import java.io.PrintWriter;
import java.security.MessageDigest;
import java.text.SimpleDateFormat;
import java.util.*;

public class Fields {
    static final List<String> HIDDEN = Arrays.asList("TYPE", "VALUE", "ENCODING", "MEDIATYPE");
    static final List<String> LABELLED = Arrays.asList("TYPE", "VALUE", "ENCODING", "MEDIATYPE", "LABEL");

    static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (char c : (text == null ? "" : text).replace("\r\n", "\n").toCharArray())
            if (c == '"' || c == '\\')
                out.append('\\').append(c);
            else if (c < 0x20)
                out.append(String.format("\\u%04x", (int) c));
            else
                out.append(c);
        return out.append('"').toString();
    }

    static String list(Collection<String> texts) {
        StringJoiner out = new StringJoiner(",", "[", "]");
        for (String text : texts)
            out.add(quoted(text));
        return out.toString();
    }

    static String digest(byte[] data) throws Exception {
        StringBuilder hex = new StringBuilder();
        for (byte b : MessageDigest.getInstance("SHA-256").digest(data))
            hex.append(String.format("%02x", b));
        return "{\"sha256\":\"" + hex + "\"}";
    }

    static String unescaped(String text) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '\\' || i + 1 == text.length()) {
                out.append(c);
                continue;
            }
            c = text.charAt(++i);
            out.append(c == 'n' || c == 'N' ? '\n' : c);
        }
        return out.toString();
    }

    static String joined(List<String> parts) { return String.join(",", parts); }

    static String date(DateOrTimeProperty p) {
        if (p.getDate() != null)
            return new SimpleDateFormat("yyyyMMdd").format(p.getDate());
        return p.getPartialDate() != null ? p.getPartialDate().toISO8601(false) : p.getText();
    }

    static String value(VCardProperty p) throws Exception {
        if (p instanceof StructuredName) {
            StructuredName n = (StructuredName) p;
            return list(Arrays.asList(n.getFamily(), n.getGiven(), joined(n.getAdditionalNames()),
                    joined(n.getPrefixes()), joined(n.getSuffixes())));
        }
        if (p instanceof Address) {
            Address a = (Address) p;
            return list(Arrays.asList(joined(a.getPoBoxes()), joined(a.getExtendedAddresses()),
                    joined(a.getStreetAddresses()), joined(a.getLocalities()), joined(a.getRegions()),
                    joined(a.getPostalCodes()), joined(a.getCountries())));
        }
        if (p instanceof Nickname)
            return quoted(joined(((Nickname) p).getValues()));
        if (p instanceof TextListProperty)
            return list(((TextListProperty) p).getValues());
        if (p instanceof Telephone)
            return quoted(((Telephone) p).getText());
        if (p instanceof DateOrTimeProperty)
            return quoted(date((DateOrTimeProperty) p));
        if (p instanceof Revision) {
            SimpleDateFormat form = new SimpleDateFormat("yyyyMMdd'T'HHmmss'Z'");
            form.setTimeZone(TimeZone.getTimeZone("UTC"));
            return quoted(form.format(((Revision) p).getValue()));
        }
        if (p instanceof BinaryProperty)
            return digest(((BinaryProperty<?>) p).getData());
        if (p instanceof Gender)
            return quoted(((Gender) p).getGender());
        if (p instanceof Related)
            return quoted(((Related) p).getText() != null ? ((Related) p).getText() : ((Related) p).getUri());
        if (p instanceof Impp)
            return quoted(((Impp) p).getUri().toString());
        if (!(p instanceof RawProperty))
            return quoted(((TextProperty) p).getValue());
        String text = ((RawProperty) p).getValue();
        if (((RawProperty) p).getPropertyName().equalsIgnoreCase("X-PIMLIFT-ATTACH"))
            return digest(Base64.getDecoder().decode(text.substring(text.indexOf(',') + 1)));
        return quoted(((RawProperty) p).getPropertyName().equalsIgnoreCase("X-MS-ANNIVERSARY") ? text.replace("-", "")
                                                                                               : unescaped(text));
    }

    static String line(String name, VCardProperty p, Collection<String> types, String value, List<String> hidden) {
        StringJoiner other = new StringJoiner(",", "[", "]");
        for (Map.Entry<String, List<String>> one : p.getParameters())
            if (!hidden.contains(one.getKey()))
                other.add("[" + quoted(one.getKey()) + "," + quoted(joined(one.getValue())) + "]");
        List<String> lower = new ArrayList<>();
        for (String type : types)
            lower.add(type.toLowerCase(Locale.ROOT));
        Collections.sort(lower);
        return "[" + quoted(name) + "," + list(lower) + "," + other + "," + value + "]";
    }

    public static void main(String[] args) throws Exception {
        TimeZone.setDefault(TimeZone.getTimeZone("UTC"));
        ScribeIndex scribes = new ScribeIndex();
        try (PrintWriter out = new PrintWriter(args[0], "UTF-8")) {
            for (String file : Arrays.asList(args).subList(1, args.length))
                try (VCardReader reader = new VCardReader(new File(file))) {
                    for (VCard card; (card = reader.readNext()) != null;) {
                        StringJoiner lines = new StringJoiner(",", "[", "]");
                        boolean old = card.getVersion() == VCardVersion.V3_0; // there a label is a property
                        String uid = card.getUid().getValue().replaceFirst("^urn:uuid:", "");
                        for (VCardProperty p : card.getProperties()) {
                            String name = p instanceof RawProperty ? ((RawProperty) p).getPropertyName()
                                                                   : scribes.getPropertyScribe(p).getPropertyName();
                            if (p instanceof Uid || p instanceof ProductId)
                                continue;
                            Collection<String> types = p instanceof BinaryProperty ? Collections.<String>emptyList()
                                                                                    : p.getParameters().get("TYPE");
                            boolean labelled = old && p instanceof Address && ((Address) p).getLabel() != null;
                            lines.add(line(name.toUpperCase(Locale.ROOT), p, types, value(p), labelled ? LABELLED : HIDDEN));
                            if (labelled)
                                lines.add(line("LABEL", p, types, quoted(((Address) p).getLabel()), LABELLED));
                        }
                        out.println("{\"uid\":" + quoted(uid) + ",\"props\":" + lines + "}");
                    }
                }
        }
    }
}
