// ez-vcard's opinion of cards: Cards FILE... prints each warning of its reader and its validator.
import ezvcard.VCard;
import ezvcard.VCardVersion;
import ezvcard.io.text.VCardReader;
import ezvcard.property.FreeBusyUrl;
import ezvcard.property.VCardProperty;
import java.io.File;
import java.util.ArrayList;
import java.util.List;

public class Cards {
    // The validator knows no RFC 6868: it refuses the quotes and line ends that the reader has just decoded from ^' and ^n.
    static void plain(VCard card) {
        for (VCardProperty property : card.getProperties())
            for (String name : new ArrayList<>(property.getParameters().keySet())) {
                List<String> texts = new ArrayList<>(property.getParameters().get(name));
                texts.replaceAll(text -> text.replace('"', '\'').replaceAll("[\\r\\n]+", " "));
                property.getParameters().replace(name, texts);
            }
    }

    public static void main(String[] files) throws Exception {
        int passed = 0, failed = 0;
        for (String file : files) {
            try (VCardReader reader = new VCardReader(new File(file))) {
                for (VCard card; (card = reader.readNext()) != null;) {
                    plain(card);
                    if (card.getVersion() == VCardVersion.V3_0)
                        card.removeProperties(FreeBusyUrl.class); // it knows them from RFC 6350 alone; RFC 2739 has them before
                    boolean good = reader.getWarnings().isEmpty() && card.validate(card.getVersion()).isEmpty();
                    if (good) {
                        passed++;
                        continue;
                    }
                    failed++;
                    System.out.println(file + ": " + card.getFormattedName() + " " + reader.getWarnings() + " "
                            + card.validate(card.getVersion()));
                }
            }
        }
        System.out.println(passed + " passed, " + failed + " failed");
    }
}
