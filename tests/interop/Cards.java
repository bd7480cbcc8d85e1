// ez-vcard's opinion of cards: Cards FILE... prints each warning of its reader and its validator.
import ezvcard.VCard;
import ezvcard.io.text.VCardReader;
import java.io.File;

public class Cards {
    public static void main(String[] files) throws Exception {
        int passed = 0, failed = 0;
        for (String file : files) {
            try (VCardReader reader = new VCardReader(new File(file))) {
                for (VCard card; (card = reader.readNext()) != null;) {
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
